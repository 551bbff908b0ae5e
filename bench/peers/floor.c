// The floor: a prepared nfnetlink batch, sent as it is. Nothing is built, parsed or read but the sequence numbers and the answer.
//   load SLOT FILE    reads a batch into a slot
//   go SLOT           sends it and waits for the acknowledgement of its last message, which the kernel gives after the commit
//   repeat ROUNDS go SLOT;go SLOT;…
#include "answer.h"
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#define SLOTS 16
struct batch {
  char *bytes;
  size_t length;
} slots[SLOTS];

static int fd;
static uint32_t sequence;

/** Walks the messages: fresh numbers, and only the last one before the end asks for an acknowledgement. */
static uint32_t number(struct batch *batch) {
  struct nlmsghdr *last = NULL;
  for (size_t at = 0; at + sizeof(struct nlmsghdr) <= batch->length;) {
    struct nlmsghdr *message = (struct nlmsghdr *)(batch->bytes + at);
    message->nlmsg_seq = ++sequence;
    message->nlmsg_pid = 0;
    if (message->nlmsg_type != NFNL_MSG_BATCH_BEGIN && message->nlmsg_type != NFNL_MSG_BATCH_END) {
      message->nlmsg_flags &= (uint16_t)~NLM_F_ACK;
      last = message;
    }
    at += NLMSG_ALIGN(message->nlmsg_len);
  }
  if (!last) return 0;
  last->nlmsg_flags |= NLM_F_ACK;
  return last->nlmsg_seq;
}

/** A captured batch names the generation that it was made for; this one may be sent at any time. */
static void forget_generation(struct batch *batch) {
  struct nlmsghdr *begin = (struct nlmsghdr *)batch->bytes;
  size_t bare = NLMSG_LENGTH(sizeof(struct nfgenmsg)), whole = NLMSG_ALIGN(begin->nlmsg_len);
  if (batch->length < whole || begin->nlmsg_type != NFNL_MSG_BATCH_BEGIN || whole <= bare) return;
  memmove(batch->bytes + bare, batch->bytes + whole, batch->length - whole);
  batch->length -= whole - bare;
  begin->nlmsg_len = (uint32_t)bare;
}

static void load(int slot, const char *path) {
  size_t length;
  char *bytes = slurp(path, &length);
  if (!bytes || length < sizeof(struct nlmsghdr)) {
    answer("error cannot read %s", path);
    return;
  }
  free(slots[slot].bytes);
  slots[slot] = (struct batch){bytes, length};
  forget_generation(&slots[slot]);
  answer("0 %zu", slots[slot].length);
}

/** Nanoseconds, or 0 after an error. */
static uint64_t go(const char *line) {
  struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  static char buffer[65536];
  int slot;
  if (sscanf(line, "go %d", &slot) != 1 || slot < 0 || slot >= SLOTS || !slots[slot].bytes) {
    answer("error what is '%s'?", line);
    return 0;
  }
  uint64_t start = now();
  uint32_t last = number(&slots[slot]);
  if (sendto(fd, slots[slot].bytes, slots[slot].length, 0, (struct sockaddr *)&kernel, sizeof kernel) < 0) {
    answer("error sendto: %s", strerror(errno));
    return 0;
  }
  for (;;) {
    ssize_t length = recv(fd, buffer, sizeof buffer, 0);
    if (length < 0) {
      answer("error recv: %s", strerror(errno));
      return 0;
    }
    int left = (int)length;
    for (struct nlmsghdr *message = (struct nlmsghdr *)buffer; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
      if (message->nlmsg_type != NLMSG_ERROR) continue;
      int code = ((struct nlmsgerr *)NLMSG_DATA(message))->error;
      if (code) {
        answer("error message %u of the batch: %s", message->nlmsg_seq, strerror(-code));
        return 0;
      }
      if (message->nlmsg_seq == last) return now() - start;
    }
  }
}

int main(void) {
  struct sockaddr_nl self = {.nl_family = AF_NETLINK};
  int room = 64 << 20, one = 1;
  struct timeval patience = {.tv_sec = 10};
  fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
  if (fd < 0 || bind(fd, (struct sockaddr *)&self, sizeof self) < 0) {
    answer("error netlink socket: %s", strerror(errno));
    return 1;
  }
  setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof one);
  answer("ready");
  for (char *line; (line = ask());) {
    int slot;
    char path[4096];
    if (sscanf(line, "load %d %4095s", &slot, path) == 2 && slot >= 0 && slot < SLOTS) load(slot, path);
    else if (!repeat(line, go)) {
      uint64_t spent = go(line);
      if (spent) answer("%llu", (unsigned long long)spent);
    }
  }
  return 0;
}
