# Hands over before it goes: a primary asks its replica to take its place, which loses nothing, and waits
# until that is so. Without a replica that could, or if it takes too long, it just goes.
set -u

role() { redis-cli -h "$POD_IP" role | head -n 1; }

[ "$(role)" = master ] || exit 0
replica=$(redis-cli -h "$POD_IP" cluster replicas "$(redis-cli -h "$POD_IP" cluster myid)" |
  grep -v fail | head -n 1 | cut -d ' ' -f 2 | cut -d : -f 1)
[ -n "$replica" ] || exit 0
redis-cli -h "$replica" cluster failover
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
  [ "$(role)" = slave ] && exit 0
  sleep 1
done
