#!/bin/bash
# The programs that the classic egress script runs, in its order, each as a process of its own.
# classic.sh SOURCE GATEWAY LIST arping|no      LIST: PORT ADDRESS TARGETPORT a line
set -eu
source=$1
gateway=$2

setup_network() {
  if ! ip route get "$gateway" | grep -q macvlan0; then
    ip addr add "$source/32" dev macvlan0
    ip link set up dev macvlan0
    ip route add "$gateway/32" dev macvlan0
    ip route del default
    ip route add default via "$gateway" dev macvlan0
  fi
  if [[ $1 == arping ]]; then
    arping -q -A -c 1 -I macvlan0 "$source"
  fi
}

rules() {
  while read -r line; do
    [[ $line =~ ^([0-9]+)\ ([0-9.]+)\ ([0-9]+)$ ]] || exit 1
    echo "-A PREROUTING -i eth0 -p tcp --dport ${BASH_REMATCH[1]} -j DNAT --to-destination ${BASH_REMATCH[2]}:${BASH_REMATCH[3]}"
  done <"$1"
  echo "-A POSTROUTING -o macvlan0 -j SNAT --to-source $source"
}

setup_network "$4"
iptables -t nat -F
(rules "$3") | while read -r rule; do
  # shellcheck disable=SC2086
  iptables -t nat $rule
done
