// A pod's network in C with libmnl: one request and one acknowledgement for each object; only the parent's index is asked
// for (the link gets an index of our choice).
//   link-libmnl POD     started in the node's namespace; POD is the file of the pod's
//   go                  link, alias and up, address, routes, rules
#define LINK "macvlan0"
#include "answer.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define INDEX 4711
#define TABLE 4242
#define PROTOCOL 101
#define MARK 0x1000000u

static struct mnl_socket *node, *pod;
static char buffer[8192];
static uint32_t sequence;

static struct nlmsghdr *begin(uint16_t type, uint16_t flags) {
  struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
  message->nlmsg_type = type;
  message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
  message->nlmsg_seq = ++sequence;
  return message;
}

static int talk(struct mnl_socket *socket, struct nlmsghdr *message) {
  char reply[8192];
  if (mnl_socket_sendto(socket, message, message->nlmsg_len) < 0) return -1;
  ssize_t length = mnl_socket_recvfrom(socket, reply, sizeof reply);
  if (length < 0) return -1;
  return mnl_cb_run(reply, (size_t)length, message->nlmsg_seq, mnl_socket_get_portid(socket), NULL, NULL) < 0 ? -1 : 0;
}

/** Index of the parent, which is in the namespace of the socket; 0 when there is none. */
static uint32_t index_of(struct mnl_socket *socket, const char *name) {
  struct ifreq request = {0};
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  return ioctl(mnl_socket_get_fd(socket), SIOCGIFINDEX, &request) ? 0 : (uint32_t)request.ifr_ifindex;
}

static int add_link(uint32_t parent, int namespace) {
  struct nlmsghdr *message = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  struct ifinfomsg *link = mnl_nlmsg_put_extra_header(message, sizeof *link);
  link->ifi_index = INDEX;
  mnl_attr_put_strz(message, IFLA_IFNAME, LINK);
  mnl_attr_put_u32(message, IFLA_LINK, parent);
  mnl_attr_put_u32(message, IFLA_NET_NS_FD, (uint32_t)namespace);
  struct nlattr *info = mnl_attr_nest_start(message, IFLA_LINKINFO);
  mnl_attr_put_strz(message, IFLA_INFO_KIND, "macvlan");
  struct nlattr *data = mnl_attr_nest_start(message, IFLA_INFO_DATA);
  mnl_attr_put_u32(message, IFLA_MACVLAN_MODE, MACVLAN_MODE_PRIVATE);
  mnl_attr_nest_end(message, data);
  mnl_attr_nest_end(message, info);
  return talk(node, message);
}

static int raise_link(void) {
  struct nlmsghdr *message = begin(RTM_NEWLINK, 0);
  struct ifinfomsg *link = mnl_nlmsg_put_extra_header(message, sizeof *link);
  link->ifi_index = INDEX;
  link->ifi_flags = link->ifi_change = IFF_UP;
  mnl_attr_put_strz(message, IFLA_IFALIAS, "egress-router");
  return talk(pod, message);
}

static int add_address(uint32_t source) {
  struct nlmsghdr *message = begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
  struct ifaddrmsg *address = mnl_nlmsg_put_extra_header(message, sizeof *address);
  address->ifa_family = AF_INET;
  address->ifa_prefixlen = 24;
  address->ifa_index = INDEX;
  mnl_attr_put_u32(message, IFA_LOCAL, source);
  mnl_attr_put_u32(message, IFA_ADDRESS, source);
  mnl_attr_put_u32(message, IFA_FLAGS, IFA_F_NOPREFIXROUTE);
  mnl_attr_put_u8(message, IFA_PROTO, PROTOCOL);
  return talk(pod, message);
}

/** `gateway` 0: the prefix on the link. `last`: the unreachable end of the table. */
static int add_route(uint32_t source, uint32_t gateway, uint32_t prefix, int last) {
  struct nlmsghdr *message = begin(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
  struct rtmsg *route = mnl_nlmsg_put_extra_header(message, sizeof *route);
  route->rtm_family = AF_INET;
  route->rtm_table = RT_TABLE_UNSPEC;
  route->rtm_protocol = PROTOCOL;
  route->rtm_scope = prefix ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
  route->rtm_type = last ? RTN_UNREACHABLE : RTN_UNICAST;
  mnl_attr_put_u32(message, RTA_TABLE, TABLE);
  if (prefix) {
    route->rtm_dst_len = 24;
    mnl_attr_put_u32(message, RTA_DST, prefix);
  }
  if (gateway) mnl_attr_put_u32(message, RTA_GATEWAY, gateway);
  if (last) mnl_attr_put_u32(message, RTA_PRIORITY, 0xffffffffu);
  else {
    mnl_attr_put_u32(message, RTA_OIF, INDEX);
    mnl_attr_put_u32(message, RTA_PREFSRC, source);
  }
  return talk(pod, message);
}

static int add_rule(uint32_t priority, uint32_t source) {
  struct nlmsghdr *message = begin(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL);
  struct fib_rule_hdr *rule = mnl_nlmsg_put_extra_header(message, sizeof *rule);
  rule->family = AF_INET;
  rule->action = FR_ACT_TO_TBL;
  mnl_attr_put_u32(message, FRA_TABLE, TABLE);
  mnl_attr_put_u32(message, FRA_PRIORITY, priority);
  mnl_attr_put_u8(message, FRA_PROTOCOL, PROTOCOL);
  if (source) {
    rule->src_len = 32;
    mnl_attr_put_u32(message, FRA_SRC, source);
  } else {
    mnl_attr_put_u32(message, FRA_FWMARK, MARK);
    mnl_attr_put_u32(message, FRA_FWMASK, MARK);
  }
  return talk(pod, message);
}

static struct mnl_socket *open_socket(void) {
  struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
  if (!socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0) return NULL;
  return socket;
}

int main(int count, char **words) {
  int namespace = count == 2 ? open(words[1], O_RDONLY | O_CLOEXEC) : -1;
  node = open_socket();
  if (namespace < 0 || !node || setns(namespace, CLONE_NEWNET) || !(pod = open_socket())) {
    answer("error cannot open %s: %s", count == 2 ? words[1] : "?", strerror(errno));
    return 1;
  }
  uint32_t source = inet_addr("192.168.12.99"), gateway = inet_addr("192.168.12.1"), prefix = inet_addr("192.168.12.0");
  answer("ready");
  for (char *line; (line = ask());) {
    uint64_t start = now();
    uint32_t parent = index_of(node, "up0");
    int failed = !parent || add_link(parent, namespace) || raise_link() || add_address(source) || add_route(source, 0, prefix, 0) ||
                 add_route(source, gateway, 0, 0) || add_route(0, 0, 0, 1) || add_rule(1000, 0) || add_rule(1001, source);
    if (failed) answer("error %s: %s", line, strerror(errno));
    else answer("%llu", (unsigned long long)(now() - start));
  }
  return 0;
}
