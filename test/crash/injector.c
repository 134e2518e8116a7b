/*
 * Ends a run of snapkeep at its Nth change of the file system's names or at its Nth fsync, or lets that call fail:
 * preloaded into every process of the run (LD_PRELOAD), it counts the calls of all of them in one file that they share.
 *
 * CRASH_COUNTER  a file of eight zero bytes, shared by all processes
 * CRASH_AT       the number of the call at which snapkeep and the calling process get SIGKILL; 0: none
 * CRASH_WHEN     "before" or "after" the call
 * CRASH_ERRNO    in place of the kill: the call fails with this error
 * CRASH_CALLS    "names", also absent: fsync, rename, link, symlink; "changes": these, unlink and rmdir; "writes": writes to files;
 *                "opens": files opened in the project
 * CRASH_BELOW    the project, for "opens"
 * CRASH_WHO      "own": calls of snapkeep itself, "children": those of git and DVC
 * CRASH_LOG      a file that gets one line for each call counted
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static _Atomic long *counter;
static long crash_at;
static int after_call, counts_here, counts_writes, counts_removals, counts_opens, fails_with, log_file = -1;
static const char *below;
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
  const char *error = getenv("CRASH_ERRNO"), *calls = getenv("CRASH_CALLS");
  fails_with = error == NULL ? 0 : atoi(error);
  counts_writes = calls != NULL && strcmp(calls, "writes") == 0;
  counts_removals = calls != NULL && strcmp(calls, "changes") == 0;
  counts_opens = calls != NULL && strcmp(calls, "opens") == 0;
  below = getenv("CRASH_BELOW");
  if (counts_opens && below == NULL) return;
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

enum { GO_ON, DIE_AFTER, FAIL };

/* What becomes of the call that is about to happen. */
static int counted(const char *call, const char *path) {
  if (counter == NULL || !counts_here) return GO_ON;
  long number = atomic_fetch_add(counter, 1) + 1;
  if (log_file >= 0) {
    char line[1024];
    int length = snprintf(line, sizeof line, "%ld %s %s\n", number, call, path);
    if (write(log_file, line, length < (int)sizeof line ? length : (int)sizeof line - 1) < 0) return GO_ON;
  }
  if (number != crash_at) return GO_ON;
  if (fails_with != 0) return FAIL;
  if (!after_call) die();
  return DIE_AFTER;
}

#define WRAP_IF(counts, name, parameters, arguments, path)              \
  int name parameters {                                                 \
    int (*real) parameters = (int (*) parameters)dlsym(RTLD_NEXT, #name); \
    int what = counts ? counted(#name, path) : GO_ON;                   \
    if (what == FAIL) return errno = fails_with, -1;                    \
    int result = real arguments;                                        \
    if (what == DIE_AFTER) die();                                       \
    return result;                                                      \
  }

#define WRAP(name, parameters, arguments, path) WRAP_IF(!counts_writes && !counts_opens, name, parameters, arguments, path)

WRAP(fsync, (int file), (file), "")
WRAP(fdatasync, (int file), (file), "")
WRAP(rename, (const char *from, const char *to), (from, to), to)
WRAP(renameat, (int a, const char *from, int b, const char *to), (a, from, b, to), to)
WRAP(renameat2, (int a, const char *from, int b, const char *to, unsigned flags), (a, from, b, to, flags), to)
WRAP(link, (const char *from, const char *to), (from, to), to)
WRAP(linkat, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags), to)
WRAP(symlink, (const char *target, const char *path), (target, path), path)
WRAP(symlinkat, (const char *target, int folder, const char *path), (target, folder, path), path)

WRAP_IF(counts_removals, unlink, (const char *path), (path), path)
WRAP_IF(counts_removals, unlinkat, (int folder, const char *path, int flags), (folder, path, flags), path)
WRAP_IF(counts_removals, rmdir, (const char *path), (path), path)

/* A file's rights come last, where it may be made. */
#define WRAP_OPEN(name, parameters, last, arguments)                          \
  int name parameters {                                                       \
    int (*real) parameters = (int (*) parameters)dlsym(RTLD_NEXT, #name);     \
    va_list more;                                                             \
    va_start(more, last);                                                     \
    mode_t mode = last & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;    \
    va_end(more);                                                             \
    int there = counts_opens && strncmp(path, below, strlen(below)) == 0;     \
    if ((there ? counted(#name, path) : GO_ON) == FAIL) return errno = fails_with, -1; \
    return real arguments;                                                    \
  }

WRAP_OPEN(open, (const char *path, int flags, ...), flags, (path, flags, mode))
WRAP_OPEN(open64, (const char *path, int flags, ...), flags, (path, flags, mode))
WRAP_OPEN(openat, (int folder, const char *path, int flags, ...), flags, (folder, path, flags, mode))
WRAP_OPEN(openat64, (int folder, const char *path, int flags, ...), flags, (folder, path, flags, mode))

static int is_file(int file) {
  struct stat about;
  return fstat(file, &about) == 0 && S_ISREG(about.st_mode);
}

#define WRAP_WRITE(name, parameters, arguments)                                 \
  ssize_t name parameters {                                                     \
    ssize_t (*real) parameters = (ssize_t (*) parameters)dlsym(RTLD_NEXT, #name); \
    int what = counts_writes && file != log_file && is_file(file) ? counted(#name, "") : GO_ON; \
    if (what == FAIL) return errno = fails_with, -1;                            \
    ssize_t result = real arguments;                                            \
    if (what == DIE_AFTER) die();                                               \
    return result;                                                              \
  }

WRAP_WRITE(write, (int file, const void *bytes, size_t length), (file, bytes, length))
WRAP_WRITE(pwrite, (int file, const void *bytes, size_t length, off_t at), (file, bytes, length, at))
WRAP_WRITE(pwrite64, (int file, const void *bytes, size_t length, off64_t at), (file, bytes, length, at))
WRAP_WRITE(writev, (int file, const struct iovec *parts, int count), (file, parts, count))
WRAP_WRITE(pwritev, (int file, const struct iovec *parts, int count, off_t at), (file, parts, count, at))
WRAP_WRITE(pwritev64, (int file, const struct iovec *parts, int count, off64_t at), (file, parts, count, at))
