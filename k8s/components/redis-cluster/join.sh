# Makes a cluster of the six nodes: a primary in each zone, and its replica in the next one. Changes
# nothing where that is done, and goes on where it stopped.
set -eu

ask() { host=$1; shift; redis-cli -h "$host" "$@"; }
address() { ask "$1" config get cluster-announce-ip | tail -n 1; }
has() { ask "$1" cluster info | tr -d '\r' | grep -q "^$2\$"; }
answers() { ask "$1" ping 2>/dev/null | grep -q PONG; }
# It could take over: before it has all that its primary has, it cannot.
follows() { [ "$(ask "$1" role | sed -n 4p)" = connected ]; }
until_it() { until "$@"; do sleep 2; done; }

follow() {
  if has "$1" cluster_known_nodes:1; then
    echo "$1 follows $2"
    redis-cli --cluster add-node "$(address "$1"):6379" "$(address "$2"):6379" \
      --cluster-slave --cluster-master-id "$(ask "$2" cluster myid)"
    until_it follows "$1"
  fi
}

# a-0, b-0, c-0, a-1, b-1, c-1
set -- $(cat /etc/redis/peers.txt)
for node in "$@"; do
  echo "waiting for $node"
  until_it answers "$node"
done
if ! has "$1" cluster_slots_assigned:16384; then
  redis-cli --cluster create \
    "$(address "$1"):6379" "$(address "$2"):6379" "$(address "$3"):6379" --cluster-yes
fi
until_it has "$1" cluster_state:ok
follow "$5" "$1"
follow "$6" "$2"
follow "$4" "$3"
until_it has "$1" cluster_known_nodes:6
ask "$1" cluster nodes
