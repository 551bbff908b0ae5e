# Replaces redirects with pyroute2's nftables socket. Its interface has no calls for elements of maps, only their messages: those are used.
#   load SLOT FILE    reads a list: PORT ADDRESS TARGETPORT a line
#   go SLOT           empties the two maps and fills them with the list, in one transaction
#   repeat ROUNDS go SLOT;go SLOT;…
import socket
import struct
import sys
import time

from pyroute2.netlink import NLM_F_ACK, NLM_F_CREATE, NLM_F_REQUEST
from pyroute2.netlink.nfnetlink.nftsocket import NFT_MSG_DELSETELEM, NFT_MSG_NEWSETELEM, NFTSocket, nft_set_elem_list_msg

SO_SNDBUFFORCE, SOL_NETLINK, NETLINK_CAP_ACK = 32, 270, 10
NFPROTO_INET, NLMSG_ERROR = 1, 2
MAPS = ('redirect4_address', 'redirect4_port')
# an attribute's length has 16 bits
ELEMENTS_OF_MESSAGE = 1000

nft = NFTSocket(nfgen_family=NFPROTO_INET)
nft.bind()
nft.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 64 << 20)
nft.setsockopt(SOL_NETLINK, NETLINK_CAP_ACK, 1)


def value(data):
    return {'attrs': [('NFTA_DATA_VALUE', data)]}


def put(kind, name, elements, flags):
    message = nft_set_elem_list_msg()
    message['attrs'] = [('NFTA_SET_ELEM_LIST_TABLE', 'egress_router'), ('NFTA_SET_ELEM_LIST_SET', name)]
    if elements:
        message['attrs'].append(('NFTA_SET_ELEM_LIST_ELEMENTS', elements))
    nft.request_put(message, kind, NLM_F_REQUEST | flags)


def replace(redirects):
    nft.begin()
    for name in MAPS:
        put(NFT_MSG_DELSETELEM, name, None, 0)
    for first in range(0, len(redirects), ELEMENTS_OF_MESSAGE):
        part = redirects[first : first + ELEMENTS_OF_MESSAGE]
        last = first + ELEMENTS_OF_MESSAGE >= len(redirects)
        for index, name in enumerate(MAPS):
            elements = [{'attrs': [('NFTA_SET_ELEM_KEY', value(entry[0])), ('NFTA_SET_ELEM_DATA', value(entry[1 + index]))]} for entry in part]
            put(NFT_MSG_NEWSETELEM, name, elements, NLM_F_CREATE | (NLM_F_ACK if last and index == 1 else 0))
    nft.commit()
    answer = nft._sock.recv(65536)
    kind, code = struct.unpack_from('=4xH10xi', answer)
    if kind != NLMSG_ERROR or code != 0:
        raise OSError(-code, 'the kernel refuses')


def read(path):
    redirects = []
    for line in open(path):
        port, address, target = line.split()
        redirects.append((struct.pack('>B3xH2x', 6, int(port)), socket.inet_aton(address), struct.pack('>H', int(target))))
    return redirects


def perform(line):
    words = line.split()
    if words[0] == 'load':
        slots[words[1]] = read(words[2])
    elif words[0] == 'go':
        replace(slots[words[1]])
    else:
        raise ValueError(f'what is {words[0]}?')


def time_of(line):
    start = time.monotonic_ns()
    perform(line)
    return time.monotonic_ns() - start


def repeat(rounds, lines):
    times = [[] for _ in lines]
    for _ in range(rounds):
        for index, line in enumerate(lines):
            times[index].append(time_of(line))
    return [figure for spent in times for figure in (sorted(spent)[rounds // 2], spent[0])]


slots = {}
print('ready', flush=True)
for line in sys.stdin:
    try:
        if line.startswith('repeat '):
            _, rounds, lines = line.split(' ', 2)
            print(*repeat(int(rounds), lines.split(';')), flush=True)
        else:
            print(time_of(line), flush=True)
    except Exception as error:
        print('error', repr(error).replace('\n', ' '), flush=True)
