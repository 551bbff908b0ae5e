// Prints as JSON what the kernel's own headers say: the value of constants, the size of structures, offset and width of their fields.
// It is the oracle for the tables of src/: test/uapi holds every row against it. A new name is one new line in a .def file.
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <netinet/in.h>
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <sched.h>
#include <linux/version.h>
#include <linux/filter.h>
#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

static const char *separator = "";

#define C(name) printf("%s\n    \"" #name "\": %lld", separator, (long long)(name)), separator = ",";
#define MISSING(name) printf("%s\n    \"" #name "\": null", separator), separator = ",";

// The preprocessor cannot see members of an enum, so what is younger than Linux 5.15 stands with its kernel and is null before it.
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 16, 0)
#define SINCE_5_16(name) C(name)
#else
#define SINCE_5_16(name) MISSING(name)
#endif
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 18, 0)
#define SINCE_5_18(name) C(name)
#else
#define SINCE_5_18(name) MISSING(name)
#endif
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 1, 0)
#define SINCE_6_1(name) C(name)
#else
#define SINCE_6_1(name) MISSING(name)
#endif
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#define SINCE_6_4(name) C(name)
#else
#define SINCE_6_4(name) MISSING(name)
#endif

static void constants(void)
{
#include "netlink.def"
#include "link.def"
#include "address.def"
#include "route.def"
#include "rule.def"
#include "neighbor.def"
#include "netfilter.def"
#include "socket.def"
}

static const char *struct_separator = "";

#define STRUCT(tag)                                                                                                                        \
  printf("%s\n    \"" #tag "\": { \"size\": %zu, \"fields\": {", struct_separator, sizeof(struct tag));                                   \
  separator = "", struct_separator = ",";
#define FIELD(tag, field)                                                                                                                  \
  printf("%s \"" #field "\": { \"offset\": %zu, \"width\": %zu }", separator, offsetof(struct tag, field),                                 \
         sizeof(((struct tag *)0)->field)),                                                                                                \
      separator = ",";
#define END printf(" } }");

static void structures(void)
{
#include "structs.def"
}

int main(void)
{
  printf("{\n  \"kernel\": \"%d.%d\",\n  \"constants\": {", LINUX_VERSION_CODE >> 16, LINUX_VERSION_CODE >> 8 & 0xff);
  constants();
  printf("\n  },\n  \"structs\": {");
  structures();
  printf("\n  }\n}\n");
  return 0;
}
