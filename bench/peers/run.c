// Runs whole programs and times them, from before they are started until they have ended. It lives in the namespace, so that no other
// program stands between the clock and the one that is measured. A script is a file; each of its lines is one program to run after the
// other: the file for its standard input, its namespace (`-` for this one), settings for its environment (NAME=VALUE) and its words,
// separated by tabs.
//   run SCRIPT             nanoseconds of all lines, user and system microseconds; a program that fails is an error, with its words
//   until WORD SCRIPT      nanoseconds until the (one) program writes WORD to its standard error, and its process id; it stays
//   end PID                SIGTERM, and waits for its end; one that does not is killed, and an error
#include "answer.h"
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS 256
#define VARIABLES 1024
struct program {
  char *input, *namespace, *settings[WORDS], **words;
};
struct script {
  char *text;
  size_t count;
  struct program *programs;
};
extern char **environ;

static int parse(const char *path, struct script *script) {
  size_t length, room = 1;
  script->count = 0;
  script->text = slurp(path, &length);
  if (!script->text) return -1;
  for (char *c = script->text; *c; c++) room += *c == '\n';
  script->programs = calloc(room, sizeof *script->programs);
  for (char *line = strtok(script->text, "\n"), *rest; line; line = strtok(NULL, "\n")) {
    struct program *program = &script->programs[script->count++];
    program->input = strtok_r(line, "\t", &rest);
    program->namespace = strtok_r(NULL, "\t", &rest);
    for (int i = 0; i < WORDS - 1 && (program->settings[i] = strtok_r(NULL, "\t", &rest)); i++);
    for (program->words = program->settings; *program->words && strchr(*program->words, '='); program->words++);
    if (!program->namespace || !program->words[0]) return -1;
  }
  return script->count ? 0 : -1;
}

/** Our environment with the program's own settings before it, as the first of a name holds. */
static char **environmentOf(const struct program *program) {
  static char *variables[WORDS + VARIABLES];
  size_t count = (size_t)(program->words - program->settings);
  memcpy(variables, program->settings, count * sizeof *variables);
  for (char **variable = environ; *variable && count < WORDS + VARIABLES - 1; variable++) variables[count++] = *variable;
  variables[count] = NULL;
  return variables;
}

/** vfork, so that the harness' own size costs nothing; between it and the exec there are only system calls. */
static pid_t start(struct program *program, int error) {
  int input = open(strcmp(program->input, "-") ? program->input : "/dev/null", O_RDONLY | O_CLOEXEC);
  int namespace = strcmp(program->namespace, "-") ? open(program->namespace, O_RDONLY | O_CLOEXEC) : -1;
  char **environment = environmentOf(program);
  if (input < 0 || (namespace < 0 && strcmp(program->namespace, "-"))) return -1;
  pid_t pid = vfork();
  if (pid == 0) {
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (namespace >= 0 && setns(namespace, CLONE_NEWNET)) _exit(126);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(input, 0);
    dup2(nowhere, 1);
    dup2(error, 2);
    execvpe(program->words[0], program->words, environment);
    _exit(127);
  }
  close(input);
  if (namespace >= 0) close(namespace);
  return pid;
}

static void refuse(struct program *program, int status, int error) {
  char words[400] = "";
  ssize_t length = pread(error, words, sizeof words - 1, 0);
  for (ssize_t i = 0; i < length; i++)
    if (words[i] == '\n') words[i] = ' ';
  answer("error %s: %s %d: %s", program->words[0], WIFEXITED(status) ? "exit" : "signal",
         WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), words);
}

static uint64_t microseconds(struct timeval t) { return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_usec; }

static void run(struct script *script) {
  static int error = -1;
  uint64_t user = 0, system = 0;
  if (error < 0) error = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (ftruncate(error, 0)) {
    answer("error no file for the words of programs: %s", strerror(errno));
    return;
  }
  lseek(error, 0, SEEK_SET);
  uint64_t begin = now();
  for (size_t i = 0; i < script->count; i++) {
    struct rusage use;
    int status = 0;
    pid_t pid = start(&script->programs[i], error);
    if (pid < 0 || wait4(pid, &status, 0, &use) < 0 || status != 0) {
      if (pid < 0) answer("error cannot start %s: %s", script->programs[i].words[0], strerror(errno));
      else refuse(&script->programs[i], status, error);
      return;
    }
    user += microseconds(use.ru_utime);
    system += microseconds(use.ru_stime);
  }
  answer("%llu %llu %llu", (unsigned long long)(now() - begin), (unsigned long long)user, (unsigned long long)system);
}

static void until(const char *word, struct program *program) {
  int ends[2];
  char seen[65536];
  size_t length = 0;
  if (pipe2(ends, O_CLOEXEC)) {
    answer("error pipe: %s", strerror(errno));
    return;
  }
  uint64_t begin = now();
  pid_t pid = start(program, ends[1]);
  close(ends[1]);
  struct pollfd readable = {.fd = ends[0], .events = POLLIN};
  while (pid > 0 && length < sizeof seen - 1 && poll(&readable, 1, 20000) > 0) {
    ssize_t more = read(ends[0], seen + length, sizeof seen - 1 - length);
    if (more <= 0) break;
    length += (size_t)more;
    seen[length] = 0;
    if (strstr(seen, word)) {
      // the reading end stays open for as long as the program may write
      answer("%llu %d", (unsigned long long)(now() - begin), pid);
      return;
    }
  }
  for (size_t i = 0; i < length; i++)
    if (seen[i] == '\n') seen[i] = ' ';
  seen[length < 400 ? length : 400] = 0;
  answer("error %s never said '%s': %s", program->words[0], word, seen);
  close(ends[0]);
  if (pid > 0) {
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
  }
}

int main(void) {
  static struct script cached;
  static char known[4096];
  answer("ready");
  for (char *line; (line = ask());) {
    char path[4096], word[256];
    int pid;
    if (sscanf(line, "end %d", &pid) == 1) {
      int status;
      uint64_t begin = now();
      kill(pid, SIGTERM);
      pid_t gone;
      struct timespec moment = {.tv_nsec = 500000};
      while ((gone = waitpid(pid, &status, WNOHANG)) == 0 && now() - begin < 5000000000u) nanosleep(&moment, NULL);
      if (gone == pid) answer("%llu", (unsigned long long)(now() - begin));
      else if (gone < 0) answer("error %d is no child of mine", pid);
      else {
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
        answer("error it did not end within 5 s of SIGTERM");
      }
      continue;
    }
    int waiting = sscanf(line, "until %255s %4095s", word, path) == 2;
    if (!waiting && sscanf(line, "run %4095s", path) != 1) {
      answer("error what is '%s'?", line);
      continue;
    }
    if (strcmp(known, path)) {
      free(cached.text);
      free(cached.programs);
      strcpy(known, path);
      if (parse(path, &cached)) {
        known[0] = 0;
        cached = (struct script){0};
        answer("error no script in %s", path);
        continue;
      }
    }
    if (waiting) until(word, &cached.programs[0]);
    else run(&cached);
  }
  return 0;
}
