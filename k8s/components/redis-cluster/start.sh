# Starts a node under the address that its pod has today, and tells it where the others are today: all
# of them may have come back elsewhere at once, and then none would find any.
set -eu

introduce() {
  while sleep 5; do
    for peer in $(cat /etc/redis/peers.txt); do
      id=$(redis-cli -h "$peer" cluster myid 2>/dev/null) || continue
      ip=$(redis-cli -h "$peer" config get cluster-announce-ip 2>/dev/null | tail -n 1) || continue
      known=$(redis-cli -h "$POD_IP" cluster nodes 2>/dev/null) || continue
      # Only whom it knew already, and under another address.
      case "$known" in
        *"$id $ip:"*) ;;
        *"$id "*) redis-cli -h "$POD_IP" cluster meet "$ip" 6379 >/dev/null || true ;;
      esac
    done
  done
}

introduce &
exec redis-server /etc/redis/redis.conf \
  --cluster-announce-ip "$POD_IP" --requirepass "$REDIS_PASSWORD" --masterauth "$REDIS_PASSWORD"
