// Command link sets a pod's network up with github.com/vishvananda/netlink. What the library cannot say (the protocol of addresses and
// rules) is left out.
//
//	link POD                        started in the node's namespace; POD is the file of the pod's
//	go                              link, alias, up, address, routes, rules
//
// As a whole program, in a pod in which the link is already:
//
//	link once BATCH [KEY=VALUE …]   sends a prepared nfnetlink batch for the table, writes the sysctls, and the rest as above
package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
)

const (
	name            = "macvlan0"
	table           = 4242
	protocol        = 101
	mark            = 0x1000000
	noPrefixRoute   = 0x200
	typeUnreachable = 7
)

func main() {
	fail := func(err error) {
		fmt.Println("error", err)
		os.Exit(1)
	}
	if len(os.Args) > 2 && os.Args[1] == "once" {
		if err := once(os.Args[2], os.Args[3:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if len(os.Args) != 2 {
		fail(fmt.Errorf("which pod?"))
	}
	namespace, err := netns.GetFromPath(os.Args[1])
	if err != nil {
		fail(err)
	}
	node, err := netlink.NewHandle()
	if err != nil {
		fail(err)
	}
	pod, err := netlink.NewHandleAt(namespace)
	if err != nil {
		fail(err)
	}
	fmt.Println("ready")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		start := time.Now()
		err := setUp(node, pod, namespace)
		if spent := time.Since(start); err != nil {
			fmt.Println("error", err)
		} else {
			fmt.Println(spent.Nanoseconds())
		}
	}
}

func setUp(node, pod *netlink.Handle, namespace netns.NsHandle) error {
	parent, err := node.LinkByName("up0")
	if err != nil {
		return fmt.Errorf("parent: %w", err)
	}
	attributes := netlink.NewLinkAttrs()
	attributes.Name, attributes.ParentIndex, attributes.Namespace = name, parent.Attrs().Index, netlink.NsFd(namespace)
	if err := node.LinkAdd(&netlink.Macvlan{LinkAttrs: attributes, Mode: netlink.MACVLAN_MODE_PRIVATE}); err != nil {
		return fmt.Errorf("link: %w", err)
	}
	return setRest(pod)
}

func setRest(pod *netlink.Handle) error {
	link, err := pod.LinkByName(name)
	if err != nil {
		return fmt.Errorf("index: %w", err)
	}
	if err := pod.LinkSetAlias(link, "egress-router"); err != nil {
		return fmt.Errorf("alias: %w", err)
	}
	if err := pod.LinkSetUp(link); err != nil {
		return fmt.Errorf("up: %w", err)
	}
	source, gateway := net.IPv4(192, 168, 12, 99).To4(), net.IPv4(192, 168, 12, 1).To4()
	address := &netlink.Addr{IPNet: &net.IPNet{IP: source, Mask: net.CIDRMask(24, 32)}, Flags: noPrefixRoute}
	if err := pod.AddrAdd(link, address); err != nil {
		return fmt.Errorf("address: %w", err)
	}
	index := link.Attrs().Index
	prefix := &net.IPNet{IP: net.IPv4(192, 168, 12, 0).To4(), Mask: net.CIDRMask(24, 32)}
	for _, route := range []*netlink.Route{
		{LinkIndex: index, Dst: prefix, Src: source, Scope: netlink.SCOPE_LINK, Table: table, Protocol: protocol},
		{LinkIndex: index, Gw: gateway, Src: source, Table: table, Protocol: protocol},
		{Type: typeUnreachable, Dst: &net.IPNet{IP: net.IPv4zero.To4(), Mask: net.CIDRMask(0, 32)}, Table: table, Protocol: protocol, Priority: 0xffffffff},
	} {
		if err := pod.RouteAdd(route); err != nil {
			return fmt.Errorf("route %v: %w", route, err)
		}
	}
	marked, own := netlink.NewRule(), netlink.NewRule()
	marked.Family, marked.Mark, marked.Mask, marked.Table, marked.Priority = netlink.FAMILY_V4, mark, mark, table, 1000
	own.Family, own.Src, own.Table, own.Priority = netlink.FAMILY_V4, &net.IPNet{IP: source, Mask: net.CIDRMask(32, 32)}, table, 1001
	for _, rule := range []*netlink.Rule{marked, own} {
		if err := pod.RuleAdd(rule); err != nil {
			return fmt.Errorf("rule %v: %w", rule, err)
		}
	}
	return nil
}

func once(batch string, sysctls []string) error {
	if err := send(batch); err != nil {
		return fmt.Errorf("batch: %w", err)
	}
	for _, sysctl := range sysctls {
		words := strings.SplitN(sysctl, "=", 2)
		if err := os.WriteFile("/proc/sys/"+words[0], []byte(words[1]), 0); err != nil {
			return err
		}
	}
	handle, err := netlink.NewHandle()
	if err != nil {
		return err
	}
	return setRest(handle)
}

// The kernel has done the whole batch when the send returns; what it refused is there to be read.
func send(path string) error {
	bytes, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, syscall.NETLINK_NETFILTER)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	const force = 32 // SO_SNDBUFFORCE
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, force, 64<<20); err != nil {
		return err
	}
	if err := syscall.Sendto(fd, bytes, 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}); err != nil {
		return err
	}
	answer := make([]byte, 4096)
	if n, _, err := syscall.Recvfrom(fd, answer, syscall.MSG_DONTWAIT); err == nil && n > 0 {
		return fmt.Errorf("refused: %x", answer[:n])
	}
	return nil
}
