/*
 * Ends a run of snapkeep at its Nth change of the file system's names or at its Nth fsync: preloaded into every process
 * of the run (LD_PRELOAD), it counts the calls of all of them in one file that they share.
 *
 * CRASH_COUNTER  a file of eight zero bytes, shared by all processes
 * CRASH_AT       the number of the call at which snapkeep and the calling process get SIGKILL; 0: none
 * CRASH_WHEN     "before" or "after" the call
 * CRASH_WHO      "own": calls of snapkeep itself, "children": those of git and DVC
 * CRASH_LOG      a file that gets one line for each call counted
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static _Atomic long *counter;
static long crash_at;
static int after_call, counts_here, log_file = -1;
static pid_t snapkeep;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("CRASH_COUNTER");
  if (path == NULL) return;
  /* The first process of the run is snapkeep; those that it starts find its number in their environment. */
  const char *first = getenv("CRASH_SNAPKEEP");
  char own[32];
  snprintf(own, sizeof own, "%d", getpid());
  if (first == NULL) setenv("CRASH_SNAPKEEP", own, 1);
  snapkeep = first == NULL ? getpid() : atoi(first);
  const char *who = getenv("CRASH_WHO"), *when = getenv("CRASH_WHEN"), *at = getenv("CRASH_AT"), *log = getenv("CRASH_LOG");
  counts_here = (first == NULL) == (who == NULL || strcmp(who, "children") != 0);
  after_call = when != NULL && strcmp(when, "after") == 0;
  crash_at = at == NULL ? 0 : atol(at);
  int file = open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) return;
  counter = mmap(NULL, sizeof *counter, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (counter == MAP_FAILED) counter = NULL;
  close(file);
  if (log != NULL) log_file = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static void die(void) {
  kill(snapkeep, SIGKILL);
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

/* Whether the call that is about to happen is the one, and the run is to end after it. */
static int counted(const char *call, const char *path) {
  if (counter == NULL || !counts_here) return 0;
  long number = atomic_fetch_add(counter, 1) + 1;
  if (log_file >= 0) {
    char line[1024];
    int length = snprintf(line, sizeof line, "%ld %s %s\n", number, call, path);
    if (write(log_file, line, length < (int)sizeof line ? length : (int)sizeof line - 1) < 0) return 0;
  }
  if (number != crash_at) return 0;
  if (!after_call) die();
  return 1;
}

#define WRAP(name, parameters, arguments, path)                         \
  int name parameters {                                                 \
    int (*real) parameters = (int (*) parameters)dlsym(RTLD_NEXT, #name); \
    int last = counted(#name, path);                                    \
    int result = real arguments;                                        \
    if (last) die();                                                    \
    return result;                                                      \
  }

WRAP(fsync, (int file), (file), "")
WRAP(fdatasync, (int file), (file), "")
WRAP(rename, (const char *from, const char *to), (from, to), to)
WRAP(renameat, (int a, const char *from, int b, const char *to), (a, from, b, to), to)
WRAP(renameat2, (int a, const char *from, int b, const char *to, unsigned flags), (a, from, b, to, flags), to)
WRAP(link, (const char *from, const char *to), (from, to), to)
WRAP(linkat, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags), to)
WRAP(symlink, (const char *target, const char *path), (target, path), path)
WRAP(symlinkat, (const char *target, int folder, const char *path), (target, folder, path), path)
