# A pod's network with pyroute2. Started in the node's namespace with the file of the pod's.
#   go     link, alias, up, address, routes, rules
import sys
import time

from pyroute2 import IPRoute, netns

TABLE, PROTOCOL, MARK = 4242, 101, 0x1000000
LAST = 0xFFFFFFFF
IFA_F_NOPREFIXROUTE = 0x200

pod_file = open(sys.argv[1])
node = IPRoute()
netns.setns(sys.argv[1])
pod = IPRoute()
source = '192.168.12.99'


def set_up():
    parent = node.link_lookup(ifname='up0')[0]
    node.link('add', ifname='macvlan0', kind='macvlan', link=parent, macvlan_mode='private', net_ns_fd=pod_file.fileno())
    index = pod.link_lookup(ifname='macvlan0')[0]
    pod.link('set', index=index, state='up', ifalias='egress-router')
    pod.addr('add', index=index, address=source, prefixlen=24, flags=IFA_F_NOPREFIXROUTE)
    pod.route('add', dst='192.168.12.0/24', oif=index, prefsrc=source, scope=253, table=TABLE, proto=PROTOCOL)
    pod.route('add', dst='default', gateway='192.168.12.1', oif=index, prefsrc=source, table=TABLE, proto=PROTOCOL)
    pod.route('add', dst='default', type='unreachable', priority=LAST, table=TABLE, proto=PROTOCOL)
    pod.rule('add', priority=1000, fwmark=MARK, fwmask=MARK, table=TABLE, protocol=PROTOCOL)
    pod.rule('add', priority=1001, src=source, src_len=32, table=TABLE, protocol=PROTOCOL)


print('ready', flush=True)
for line in sys.stdin:
    try:
        start = time.monotonic_ns()
        set_up()
        print(time.monotonic_ns() - start, flush=True)
    except Exception as error:
        print('error', repr(error).replace('\n', ' '), flush=True)
