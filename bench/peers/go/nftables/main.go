// Command nftables replaces and changes redirects in the table egress_router with github.com/google/nftables, in one connection that stays.
//
//	load SLOT FILE        reads a list: PORT ADDRESS TARGETPORT a line, all TCP
//	go SLOT               empties the two maps and fills them with the list: one transaction
//	add|delete SLOT       adds, or deletes, the elements of the list: one transaction
//	repeat ROUNDS COMMAND;COMMAND;…
//	change SLOT SLOT      deletes the elements of one list and adds those of another: one transaction
package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"github.com/google/nftables"
	"github.com/mdlayher/netlink"
)

// An attribute's length has 16 bits, so a message holds no more elements than these.
const elementsOfMessage = 1000

type redirect struct {
	port, targetPort uint16
	address          [4]byte
}

var table = &nftables.Table{Name: "egress_router", Family: nftables.TableFamilyINet}

func mapOf(name string, data nftables.SetDatatype) *nftables.Set {
	key := nftables.MustConcatSetType(nftables.TypeInetProto, nftables.TypeInetService)
	return &nftables.Set{Table: table, Name: name, IsMap: true, Concatenation: true, KeyType: key, DataType: data}
}

var (
	addresses = mapOf("redirect4_address", nftables.TypeIPAddr)
	ports     = mapOf("redirect4_port", nftables.TypeInetService)
)

func read(path string) ([]redirect, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var list []redirect
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var r redirect
		var address string
		if _, err := fmt.Sscan(lines.Text(), &r.port, &address, &r.targetPort); err != nil {
			return nil, err
		}
		copy(r.address[:], net.ParseIP(address).To4())
		list = append(list, r)
	}
	return list, nil
}

func elements(list []redirect) (a, p []nftables.SetElement) {
	a, p = make([]nftables.SetElement, len(list)), make([]nftables.SetElement, len(list))
	for i := range list {
		r := &list[i]
		key := make([]byte, 8)
		key[0] = 6
		binary.BigEndian.PutUint16(key[4:], r.port)
		port := make([]byte, 2)
		binary.BigEndian.PutUint16(port, r.targetPort)
		a[i] = nftables.SetElement{Key: key, Val: r.address[:]}
		p[i] = nftables.SetElement{Key: key, Val: port}
	}
	return a, p
}

func each(list []redirect, do func(*nftables.Set, []nftables.SetElement) error) error {
	for first := 0; first < len(list); first += elementsOfMessage {
		end := first + elementsOfMessage
		if end > len(list) {
			end = len(list)
		}
		a, p := elements(list[first:end])
		if err := do(addresses, a); err != nil {
			return err
		}
		if err := do(ports, p); err != nil {
			return err
		}
	}
	return nil
}

// The library opens its socket with the default buffer, which is too small for a transaction of 10,000 elements, and does not show it.
func enlarge(connection *nftables.Conn) error {
	field := reflect.ValueOf(connection).Elem().FieldByName("nlconn")
	socket := *(**netlink.Conn)(unsafe.Pointer(field.UnsafeAddr()))
	if socket == nil {
		return errors.New("no lasting connection")
	}
	if err := socket.SetReadBuffer(8 << 20); err != nil {
		return err
	}
	return socket.SetWriteBuffer(64 << 20)
}

func main() {
	connection, err := nftables.New(nftables.AsLasting())
	if err == nil {
		err = enlarge(connection)
	}
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	fmt.Println("ready")
	slots := map[string][]redirect{}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		words := strings.Fields(lines.Text())
		if len(words) == 3 && words[0] == "load" {
			if slots[words[1]], err = read(words[2]); err != nil {
				fmt.Println("error", err)
			} else {
				fmt.Println(0, len(slots[words[1]]))
			}
			continue
		}
		figures, err := answer(connection, slots, lines.Text())
		if err != nil {
			fmt.Println("error", err)
		} else {
			fmt.Println(strings.Trim(fmt.Sprint(figures), "[]"))
		}
	}
}

// The time of a command, or median and first of each that is repeated.
func answer(connection *nftables.Conn, slots map[string][]redirect, line string) ([]int64, error) {
	words := strings.SplitN(line, " ", 3)
	if len(words) != 3 || words[0] != "repeat" {
		spent, err := timeOf(connection, slots, line)
		return []int64{spent}, err
	}
	rounds, err := strconv.Atoi(words[1])
	if err != nil || rounds < 1 {
		return nil, fmt.Errorf("what is %q?", line)
	}
	commands := strings.Split(words[2], ";")
	times := make([][]int64, len(commands))
	for round := 0; round < rounds; round++ {
		for i, command := range commands {
			spent, err := timeOf(connection, slots, command)
			if err != nil {
				return nil, err
			}
			times[i] = append(times[i], spent)
		}
	}
	var figures []int64
	for _, spent := range times {
		first := spent[0]
		sort.Slice(spent, func(a, b int) bool { return spent[a] < spent[b] })
		figures = append(figures, spent[rounds/2], first)
	}
	return figures, nil
}

func timeOf(connection *nftables.Conn, slots map[string][]redirect, line string) (int64, error) {
	start := time.Now()
	err := perform(connection, slots, strings.Fields(line))
	if err == nil {
		err = connection.Flush()
	}
	return time.Since(start).Nanoseconds(), err
}

func perform(connection *nftables.Conn, slots map[string][]redirect, words []string) error {
	if len(words) < 2 {
		return fmt.Errorf("what is %q?", words)
	}
	list := slots[words[1]]
	switch {
	case words[0] == "go":
		connection.FlushSet(addresses)
		connection.FlushSet(ports)
		return each(list, connection.SetAddElements)
	case words[0] == "add":
		return each(list, connection.SetAddElements)
	case words[0] == "delete":
		return each(list, connection.SetDeleteElements)
	case words[0] == "change" && len(words) == 3:
		if err := each(list, connection.SetDeleteElements); err != nil {
			return err
		}
		return each(slots[words[2]], connection.SetAddElements)
	}
	return fmt.Errorf("what is %q?", words)
}
