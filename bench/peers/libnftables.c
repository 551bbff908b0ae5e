// libnftables in C: the library that nft(8) is made of, without a process. It also records the batches that the floor sends.
//   load SLOT FILE      reads commands (nft syntax or JSON) into a slot
//   go SLOT             runs them as one transaction, in one context that stays
//   repeat ROUNDS go SLOT;go SLOT;…
//   record SLOT FILE    runs them and writes the nfnetlink batch that they became
#include "answer.h"
#include <dlfcn.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <nftables/libnftables.h>
#include <sys/socket.h>

#define SLOTS 16
static char *slots[SLOTS];
static struct nft_ctx *context;
static FILE *record;

/** Stands before libc's for the library, too: a batch on its way to the kernel is written down when somebody asked for it. */
ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
  static ssize_t (*real)(int, const struct msghdr *, int);
  if (!real) *(void **)&real = dlsym(RTLD_NEXT, "sendmsg");
  const struct nlmsghdr *first = message->msg_iovlen ? message->msg_iov[0].iov_base : NULL;
  if (record && first && first->nlmsg_type == NFNL_MSG_BATCH_BEGIN)
    for (size_t i = 0; i < message->msg_iovlen; i++) fwrite(message->msg_iov[i].iov_base, 1, message->msg_iov[i].iov_len, record);
  return real(fd, message, flags);
}

/** Runs a slot's commands: nanoseconds, or 0 after an error. */
static uint64_t run(const char *commands) {
  uint64_t start = now();
  int status = nft_run_cmd_from_buffer(context, commands);
  uint64_t spent = now() - start;
  if (status) {
    char words[400];
    snprintf(words, sizeof words, "%s", nft_ctx_get_error_buffer(context));
    for (char *c = words; *c; c++)
      if (*c == '\n') *c = ' ';
    answer("error libnftables: %s", words);
  }
  nft_ctx_get_output_buffer(context);
  return status ? 0 : spent;
}

static uint64_t go(const char *line) {
  int slot;
  if (sscanf(line, "go %d", &slot) == 1 && slot >= 0 && slot < SLOTS && slots[slot]) return run(slots[slot]);
  answer("error what is '%s'?", line);
  return 0;
}

int main(void) {
  context = nft_ctx_new(0);
  if (!context) {
    answer("error no context");
    return 1;
  }
  nft_ctx_output_set_flags(context, NFT_CTX_OUTPUT_JSON);
  nft_ctx_buffer_output(context);
  nft_ctx_buffer_error(context);
  answer("ready");
  for (char *line; (line = ask());) {
    int slot;
    size_t length = 0;
    char path[4096];
    if (sscanf(line, "load %d %4095s", &slot, path) == 2 && slot >= 0 && slot < SLOTS) {
      free(slots[slot]);
      slots[slot] = slurp(path, &length);
      if (slots[slot]) answer("0 %zu", length);
      else answer("error cannot read %s", path);
      continue;
    }
    if (repeat(line, go)) continue;
    uint64_t spent;
    if (sscanf(line, "record %d %4095s", &slot, path) == 2 && slot >= 0 && slot < SLOTS && slots[slot]) {
      record = fopen(path, "wb");
      spent = run(slots[slot]);
      if (record) fclose(record);
      record = NULL;
    } else spent = go(line);
    if (spent) answer("%llu", (unsigned long long)spent);
  }
  nft_ctx_free(context);
  return 0;
}
