#!/bin/sh
# The programs that the classic egress script runs, in its order, each as a process of its own.
# classic.sh SOURCE GATEWAY LIST arping|no      LIST: PORT ADDRESS TARGETPORT a line
set -eu
source=$1
gateway=$2

if ! ip route get "$gateway" | grep -q macvlan0; then
  ip addr add "$source/32" dev macvlan0
  ip link set up dev macvlan0
  ip route add "$gateway/32" dev macvlan0
  ip route del default
  ip route add default via "$gateway" dev macvlan0
fi
if [ "$4" = arping ]; then
  arping -q -A -c 1 -I macvlan0 "$source"
fi

rules() {
  while read -r port address target; do
    echo "$port $address" | grep -Eq '^[0-9]+ [0-9.]+$' || exit 1
    echo "-A PREROUTING -i eth0 -p tcp --dport $port -j DNAT --to-destination $address:$target"
  done <"$3"
  echo "-A POSTROUTING -o macvlan0 -j SNAT --to-source $1"
}
iptables -t nat -F
rules "$@" | while read -r rule; do
  # shellcheck disable=SC2086
  iptables -t nat $rule
done
