/* Count the points at which a process changes files under given folders, and fail at one of them.
 *
 * Preloaded (LD_PRELOAD) it sees every call of the process to the C library, whoever makes it:
 * Python, DuckDB, Arrow, Rust. A point is a rename, link, symlink, removal, new folder, sync,
 * opening that makes or empties a file, write, truncation or copy. Unarmed it only passes calls on.
 *
 * Armed by `points_arm`, or from the start by the environment:
 *   POINTS_UNDER   folders, separated by ':'; only paths below them count
 *   POINTS_EXCEPT  folders below those that do not count
 *   POINTS_LOG     file that gets a line "number kind path" per point (counting), or for the one
 *                  at which the process failed
 *   POINTS_MODE    count | kill | torn | full_once | full
 *   POINTS_AT      number of the point, from 1
 *
 * kill: SIGKILL before the call. torn: a write is done by half, then SIGKILL. full_once: the call
 * fails with ENOSPC. full: it does, and from there on every call that needs space.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum mode { OFF, COUNT, KILL, TORN, FULL_ONCE, FULL };
/* what a call needs of the disk */
enum need { NOTHING, CHANGE, SPACE };

static _Atomic int mode = OFF;
static _Atomic long seen = 0;
static long at = 0;
static int log_fd = -1;
static char under[4 * PATH_MAX], except[4 * PATH_MAX];

#define REAL(type, name, ...)                                      \
  static type (*real)(__VA_ARGS__);                                \
  if (!real) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

void points_arm(const char *folders, const char *but, const char *log, int how, long number) {
  atomic_store(&mode, OFF);
  if (log_fd >= 0) syscall(SYS_close, log_fd);
  snprintf(under, sizeof under, "%s", folders ? folders : "");
  snprintf(except, sizeof except, "%s", but ? but : "");
  log_fd = -1;
  if (log && *log)
    log_fd = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  at = number;
  atomic_store(&seen, 0);
  atomic_store(&mode, how);
}

long points_seen(void) { return atomic_load(&seen); }

__attribute__((constructor)) static void from_environment(void) {
  static const char *names[] = {"off", "count", "kill", "torn", "full_once", "full"};
  const char *how = getenv("POINTS_MODE"), *number = getenv("POINTS_AT");
  for (int m = COUNT; how && m <= FULL; m++)
    if (!strcmp(how, names[m]))
      points_arm(getenv("POINTS_UNDER"), getenv("POINTS_EXCEPT"), getenv("POINTS_LOG"), m,
                 number ? atol(number) : 0);
}

static int is_below(const char *path, const char *folders) {
  for (const char *folder = folders; *folder;) {
    const char *end = strchrnul(folder, ':');
    size_t length = end - folder;
    if (length && !strncmp(path, folder, length) && (path[length] == '/' || !path[length]))
      return 1;
    folder = *end ? end + 1 : end;
  }
  return 0;
}

static int counts(const char *path) { return is_below(path, under) && !is_below(path, except); }

static void path_of_fd(int fd, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  long length = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
  path[length > 0 ? length : 0] = 0;
}

static void path_at(int folder, const char *given, char *path) {
  if (!given) given = "";
  if (*given == '/') {
    snprintf(path, PATH_MAX, "%s", given);
    return;
  }
  if (folder == AT_FDCWD) {
    if (syscall(SYS_getcwd, path, PATH_MAX) < 0) *path = 0;
  } else {
    path_of_fd(folder, path);
  }
  size_t length = strlen(path);
  if (*given) snprintf(path + length, PATH_MAX - length, "/%s", given);
}

static void say(long number, const char *kind, const char *path) {
  char line[PATH_MAX + 64];
  int length = snprintf(line, sizeof line, "%ld %s %s\n", number, kind, path);
  if (log_fd >= 0 && length > 0)
    syscall(SYS_write, log_fd, line, length < (int)sizeof line ? length : (int)sizeof line - 1);
}

__attribute__((noreturn)) static void die(void) {
  syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
  for (;;) pause();
}

enum fate { PASS, FAIL, HALF };

/* What becomes of a call of `kind` on `path`. */
static enum fate point(const char *kind, const char *path, enum need need) {
  int how = atomic_load(&mode);
  if (how == OFF || !counts(path)) return PASS;
  long number = atomic_fetch_add(&seen, 1) + 1;
  if (how == COUNT || number == at) say(number, kind, path);
  if (how == COUNT || number < at) return PASS;
  if (how == KILL || (how == TORN && need != SPACE)) die();
  if (how == TORN) return HALF;
  if (number == at) return need == NOTHING ? PASS : FAIL;
  return how == FULL && need == SPACE ? FAIL : PASS;
}

static enum fate point_at(const char *kind, int folder, const char *given, enum need need) {
  char path[PATH_MAX];
  if (atomic_load(&mode) == OFF) return PASS;
  path_at(folder, given, path);
  return point(kind, path, need);
}

static enum fate point_fd(const char *kind, int fd, enum need need) {
  char path[PATH_MAX];
  if (atomic_load(&mode) == OFF) return PASS;
  path_of_fd(fd, path);
  return point(kind, path, need);
}

/* Two paths: the one that counts, the target first. */
static enum fate point_two(const char *kind, int from, const char *source, int to,
                           const char *target) {
  char path[PATH_MAX];
  if (atomic_load(&mode) == OFF) return PASS;
  path_at(to, target, path);
  if (!counts(path)) path_at(from, source, path);
  return point(kind, path, CHANGE);
}

#define FULL_DISK(value) \
  do {                   \
    errno = ENOSPC;      \
    return value;        \
  } while (0)

/* -- names ---------------------------------------------------------------------------------- */

int rename(const char *a, const char *b) {
  REAL(int, rename, const char *, const char *);
  if (point_two("rename", AT_FDCWD, a, AT_FDCWD, b)) FULL_DISK(-1);
  return real(a, b);
}
int renameat(int f, const char *a, int t, const char *b) {
  REAL(int, renameat, int, const char *, int, const char *);
  if (point_two("rename", f, a, t, b)) FULL_DISK(-1);
  return real(f, a, t, b);
}
int renameat2(int f, const char *a, int t, const char *b, unsigned flags) {
  REAL(int, renameat2, int, const char *, int, const char *, unsigned);
  if (point_two("rename", f, a, t, b)) FULL_DISK(-1);
  return real(f, a, t, b, flags);
}
int link(const char *a, const char *b) {
  REAL(int, link, const char *, const char *);
  if (point_two("link", AT_FDCWD, a, AT_FDCWD, b)) FULL_DISK(-1);
  return real(a, b);
}
int linkat(int f, const char *a, int t, const char *b, int flags) {
  REAL(int, linkat, int, const char *, int, const char *, int);
  if (point_two("link", f, a, t, b)) FULL_DISK(-1);
  return real(f, a, t, b, flags);
}
int symlink(const char *a, const char *b) {
  REAL(int, symlink, const char *, const char *);
  if (point_at("symlink", AT_FDCWD, b, SPACE)) FULL_DISK(-1);
  return real(a, b);
}
int symlinkat(const char *a, int t, const char *b) {
  REAL(int, symlinkat, const char *, int, const char *);
  if (point_at("symlink", t, b, SPACE)) FULL_DISK(-1);
  return real(a, t, b);
}
int unlink(const char *a) {
  REAL(int, unlink, const char *);
  point_at("unlink", AT_FDCWD, a, NOTHING);
  return real(a);
}
int unlinkat(int f, const char *a, int flags) {
  REAL(int, unlinkat, int, const char *, int);
  point_at("unlink", f, a, NOTHING);
  return real(f, a, flags);
}
int rmdir(const char *a) {
  REAL(int, rmdir, const char *);
  point_at("unlink", AT_FDCWD, a, NOTHING);
  return real(a);
}
int mkdir(const char *a, mode_t m) {
  REAL(int, mkdir, const char *, mode_t);
  if (point_at("mkdir", AT_FDCWD, a, SPACE)) FULL_DISK(-1);
  return real(a, m);
}
int mkdirat(int f, const char *a, mode_t m) {
  REAL(int, mkdirat, int, const char *, mode_t);
  if (point_at("mkdir", f, a, SPACE)) FULL_DISK(-1);
  return real(f, a, m);
}

/* -- opening -------------------------------------------------------------------------------- */

#define MAKES(flags) ((flags) & (O_CREAT | O_TRUNC))
#define GIVEN_MODE(flags, last)                        \
  mode_t m = 0;                                        \
  if ((flags) & O_CREAT || ((flags) & O_TMPFILE) == O_TMPFILE) { \
    va_list rest;                                      \
    va_start(rest, last);                              \
    m = va_arg(rest, mode_t);                          \
    va_end(rest);                                      \
  }

#define OPEN(name)                                                                  \
  int name(const char *path, int flags, ...) {                                      \
    GIVEN_MODE(flags, flags)                                                        \
    REAL(int, name, const char *, int, ...);                                        \
    if (MAKES(flags) && point_at("open", AT_FDCWD, path, SPACE)) FULL_DISK(-1);     \
    return real(path, flags, m);                                                    \
  }
#define OPENAT(name)                                                                \
  int name(int folder, const char *path, int flags, ...) {                          \
    GIVEN_MODE(flags, flags)                                                        \
    REAL(int, name, int, const char *, int, ...);                                   \
    if (MAKES(flags) && point_at("open", folder, path, SPACE)) FULL_DISK(-1);       \
    return real(folder, path, flags, m);                                            \
  }
#define CREAT(name)                                                                 \
  int name(const char *path, mode_t m) {                                            \
    REAL(int, name, const char *, mode_t);                                          \
    if (point_at("open", AT_FDCWD, path, SPACE)) FULL_DISK(-1);                     \
    return real(path, m);                                                           \
  }
#define FOPEN(name)                                                                 \
  FILE *name(const char *path, const char *how) {                                   \
    REAL(FILE *, name, const char *, const char *);                                 \
    if (*how != 'r' && point_at("open", AT_FDCWD, path, SPACE)) FULL_DISK(NULL);    \
    return real(path, how);                                                         \
  }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)
CREAT(creat)
CREAT(creat64)
FOPEN(fopen)
FOPEN(fopen64)

/* -- content -------------------------------------------------------------------------------- */

ssize_t write(int fd, const void *from, size_t bytes) {
  REAL(ssize_t, write, int, const void *, size_t);
  switch (point_fd("write", fd, SPACE)) {
    case FAIL: FULL_DISK(-1);
    case HALF: real(fd, from, bytes / 2); die();
    default: return real(fd, from, bytes);
  }
}
#define PWRITE(name, offset_type)                                       \
  ssize_t name(int fd, const void *from, size_t bytes, offset_type to) { \
    REAL(ssize_t, name, int, const void *, size_t, offset_type);        \
    switch (point_fd("write", fd, SPACE)) {                             \
      case FAIL: FULL_DISK(-1);                                         \
      case HALF: real(fd, from, bytes / 2, to); die();                  \
      default: return real(fd, from, bytes, to);                        \
    }                                                                   \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)
ssize_t writev(int fd, const struct iovec *parts, int count) {
  REAL(ssize_t, writev, int, const struct iovec *, int);
  switch (point_fd("write", fd, SPACE)) {
    case FAIL: FULL_DISK(-1);
    case HALF: real(fd, parts, count / 2); die();
    default: return real(fd, parts, count);
  }
}
#define PWRITEV(name, offset_type)                                               \
  ssize_t name(int fd, const struct iovec *parts, int count, offset_type to) {   \
    REAL(ssize_t, name, int, const struct iovec *, int, offset_type);            \
    switch (point_fd("write", fd, SPACE)) {                                      \
      case FAIL: FULL_DISK(-1);                                                  \
      case HALF: real(fd, parts, count / 2, to); die();                          \
      default: return real(fd, parts, count, to);                                \
    }                                                                            \
  }
PWRITEV(pwritev, off_t)
PWRITEV(pwritev64, off64_t)

#define SHORTEN(name, offset_type)                                        \
  int name(int fd, offset_type bytes) {                                   \
    REAL(int, name, int, offset_type);                                    \
    enum fate fate = point_fd("truncate", fd, CHANGE);                    \
    if (fate) FULL_DISK(-1);                                              \
    return real(fd, bytes);                                               \
  }
SHORTEN(ftruncate, off_t)
SHORTEN(ftruncate64, off64_t)

ssize_t sendfile64(int to, int from, off64_t *offset, size_t bytes) {
  REAL(ssize_t, sendfile64, int, int, off64_t *, size_t);
  switch (point_fd("write", to, SPACE)) {
    case FAIL: FULL_DISK(-1);
    case HALF: real(to, from, offset, bytes / 2); die();
    default: return real(to, from, offset, bytes);
  }
}
ssize_t sendfile(int to, int from, off_t *offset, size_t bytes) {
  REAL(ssize_t, sendfile, int, int, off_t *, size_t);
  switch (point_fd("write", to, SPACE)) {
    case FAIL: FULL_DISK(-1);
    case HALF: real(to, from, offset, bytes / 2); die();
    default: return real(to, from, offset, bytes);
  }
}
ssize_t copy_file_range(int from, off64_t *read, int to, off64_t *written, size_t bytes,
                        unsigned flags) {
  REAL(ssize_t, copy_file_range, int, off64_t *, int, off64_t *, size_t, unsigned);
  if (point_fd("write", to, SPACE)) FULL_DISK(-1);
  return real(from, read, to, written, bytes, flags);
}

int fsync(int fd) {
  REAL(int, fsync, int);
  if (point_fd("sync", fd, CHANGE)) FULL_DISK(-1);
  return real(fd);
}
int fdatasync(int fd) {
  REAL(int, fdatasync, int);
  if (point_fd("sync", fd, CHANGE)) FULL_DISK(-1);
  return real(fd);
}
