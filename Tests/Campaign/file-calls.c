/* Loaded before the C library (LD_PRELOAD): stands between the program and the files of one state.

   It counts the calls on them (open, read, write, fsync, ftruncate, rename, link, unlink, close) and lets the one that $FIRE_AT names
   go wrong as $FIRE_FAULT says: kill, EIO, ENOSPC, EMFILE, or short (half of a write). With $FIRE_STICKY every later one fails, too.
   A fault that took place is told in $FIRE_TOLD, the kinds of all calls in $FIRE_COUNT, and with $FIRE_LOG each call that changes
   something is written down with its data, for the replay of a loss of power. The calls are made one after the other, so that the
   log has their order. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define DESCRIPTORS 4096
/* Every state file's name begins so. */
#define STATE "snapkeep.state"

enum kind { OPEN, READ, WRITE, SYNC, TRUNCATE, RENAME, LINK, UNLINK, CLOSE, CREATE };
static const char *const words[] = {"open", "read", "write", "fsync", "ftruncate", "rename", "link", "unlink", "close", "create"};

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static char names[DESCRIPTORS][256]; /* of what is open; "" is not ours, "." the folder */
static long calls, at;
static unsigned char kinds[65536];
static const char *fault, *told, *count_path, *folder;
static int sticky, record = -1, ready;

#define REAL(name) ((__typeof__(&name))real(#name))

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

static void prepare(void) {
    if (ready) return;
    ready = 1;
    const char *text = getenv("FIRE_AT"), *log = getenv("FIRE_LOG");
    at = text ? atol(text) : 0;
    fault = getenv("FIRE_FAULT");
    told = getenv("FIRE_TOLD");
    count_path = getenv("FIRE_COUNT");
    folder = getenv("FIRE_FOLDER");
    sticky = getenv("FIRE_STICKY") != NULL;
    if (log) record = REAL(open)(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* The name inside of the folder, "." for the folder itself, NULL for what is not ours. */
static const char *ours(const char *path) {
    if (!path || !folder) return NULL;
    if (!strcmp(path, ".") || !strcmp(path, folder)) return ".";
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    return strncmp(name, STATE, strlen(STATE)) ? NULL : name;
}

static const char *open_name(int descriptor) {
    return descriptor >= 0 && descriptor < DESCRIPTORS && names[descriptor][0] ? names[descriptor] : NULL;
}

static void put(int descriptor, const char *text, size_t length) {
    while (descriptor >= 0 && length) {
        ssize_t done = REAL(write)(descriptor, text, length);
        if (done <= 0) return;
        text += done, length -= (size_t)done;
    }
}

static void note(const char *format, ...) {
    if (record < 0) return;
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    put(record, line, (size_t)length);
}

static void note_write(const char *name, off_t offset, const unsigned char *bytes, size_t length) {
    if (record < 0) return;
    char *line = malloc(2 * length + 400);
    if (!line) abort();
    size_t end = (size_t)sprintf(line, "write %s %lld ", name, (long long)offset);
    for (size_t index = 0; index < length; index++) end += (size_t)sprintf(line + end, "%02x", bytes[index]);
    line[end++] = '\n';
    put(record, line, end);
    free(line);
}

static int applies(enum kind kind, int creates) {
    if (!strcmp(fault, "kill") || !strcmp(fault, "EIO")) return 1;
    if (!strcmp(fault, "EMFILE")) return kind == OPEN;
    if (!strcmp(fault, "short")) return kind == WRITE;
    return kind == WRITE || kind == SYNC || kind == LINK || kind == RENAME || (kind == OPEN && creates);
}

/* Counts a call; the error number it is to fail with, 0 for none, -1 for a short write. */
static int next(enum kind kind, const char *name, int creates) {
    if (calls < (long)sizeof kinds) kinds[calls] = (unsigned char)(kind == OPEN && creates ? CREATE : kind);
    calls++;
    if (!at || !fault || (sticky ? calls < at : calls != at) || !applies(kind, creates)) return 0;
    if (told) {
        char line[400];
        int length = snprintf(line, sizeof line, "%ld %s %s\n", calls, words[kind], name);
        int file = REAL(open)(told, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        put(file, line, (size_t)length);
        REAL(close)(file);
    }
    if (!strcmp(fault, "kill")) kill(getpid(), SIGKILL);
    if (!strcmp(fault, "short")) return -1;
    return !strcmp(fault, "EIO") ? EIO : !strcmp(fault, "EMFILE") ? EMFILE : ENOSPC;
}

#define BEGIN pthread_mutex_lock(&turn); prepare();
#define END(value) { int kept = errno; pthread_mutex_unlock(&turn); errno = kept; return value; }
#define FAIL(code) { errno = code; END(-1) }

static int open_ours(int (*call)(const char *, int, ...), const char *path, int flags, mode_t mode) {
    BEGIN
    const char *name = ours(path);
    if (!name) END(call(path, flags, mode))
    struct stat before;
    int is_new = (flags & O_CREAT) && lstat(path, &before) != 0, code = next(OPEN, name, is_new);
    if (code > 0) FAIL(code)
    int descriptor = call(path, flags, mode);
    if (descriptor >= 0 && descriptor < DESCRIPTORS) {
        snprintf(names[descriptor], sizeof names[descriptor], "%s", name);
        if (is_new) note("create %s\n", name);
        if (!is_new && (flags & O_TRUNC)) note("truncate %s 0\n", name);
    }
    END(descriptor)
}

static mode_t mode_of(int flags, va_list arguments) { return flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0; }

#define OPENING(function) \
    int function(const char *path, int flags, ...) { \
        va_list arguments; \
        va_start(arguments, flags); \
        mode_t mode = mode_of(flags, arguments); \
        va_end(arguments); \
        return open_ours(REAL(function), path, flags, mode); \
    }
OPENING(open)
OPENING(open64)

#define OPENING_AT(function) \
    int function(int from, const char *path, int flags, ...) { \
        va_list arguments; \
        va_start(arguments, flags); \
        mode_t mode = mode_of(flags, arguments); \
        va_end(arguments); \
        if (from == AT_FDCWD || path[0] == '/' || (open_name(from) && !strchr(path, '/'))) { \
            if (from != AT_FDCWD && path[0] != '/') { \
                char whole[1024]; \
                snprintf(whole, sizeof whole, "%s/%s", folder ? folder : ".", path); \
                return open_ours(REAL(open), whole, flags, mode); \
            } \
            return open_ours(REAL(open), path, flags, mode); \
        } \
        return REAL(function)(from, path, flags, mode); \
    }
OPENING_AT(openat)
OPENING_AT(openat64)

#define READING(function, parameters, ...) \
    ssize_t function parameters { \
        BEGIN \
        const char *name = open_name(file); \
        if (!name) { pthread_mutex_unlock(&turn); return REAL(function)(__VA_ARGS__); } \
        int code = next(READ, name, 0); \
        if (code > 0) FAIL(code) \
        ssize_t done = REAL(function)(__VA_ARGS__); \
        END(done) \
    }
READING(read, (int file, void *buffer, size_t size), file, buffer, size)
READING(pread, (int file, void *buffer, size_t size, off_t offset), file, buffer, size, offset)
READING(pread64, (int file, void *buffer, size_t size, off_t offset), file, buffer, size, offset)

static off_t place(int file) {
    struct stat status;
    if (fcntl(file, F_GETFL) & O_APPEND) return fstat(file, &status) == 0 ? status.st_size : 0;
    return lseek(file, 0, SEEK_CUR);
}

#define WRITING(function, parameters, where, ...) \
    ssize_t function parameters { \
        BEGIN \
        const char *name = open_name(file); \
        if (!name) { pthread_mutex_unlock(&turn); return REAL(function)(__VA_ARGS__); } \
        int code = next(WRITE, name, 0); \
        if (code > 0) FAIL(code) \
        if (code < 0) size = size > 1 ? size / 2 : size; \
        off_t start = where; \
        ssize_t done = REAL(function)(__VA_ARGS__); \
        if (done > 0) note_write(name, start, buffer, (size_t)done); \
        END(done) \
    }
WRITING(write, (int file, const void *buffer, size_t size), place(file), file, buffer, size)
WRITING(pwrite, (int file, const void *buffer, size_t size, off_t offset), offset, file, buffer, size, offset)
WRITING(pwrite64, (int file, const void *buffer, size_t size, off_t offset), offset, file, buffer, size, offset)

#define SYNCING(function) \
    int function(int file) { \
        BEGIN \
        const char *name = open_name(file); \
        if (!name) { pthread_mutex_unlock(&turn); return REAL(function)(file); } \
        int code = next(SYNC, name, 0); \
        if (code > 0) FAIL(code) \
        int result = REAL(function)(file); \
        if (!result) note("sync %s\n", name); \
        END(result) \
    }
SYNCING(fsync)
SYNCING(fdatasync)

#define TRUNCATING(function) \
    int function(int file, off_t size) { \
        BEGIN \
        const char *name = open_name(file); \
        int code = name ? next(TRUNCATE, name, 0) : 0; \
        if (code > 0) FAIL(code) \
        int result = REAL(function)(file, size); \
        if (name && !result) note("truncate %s %lld\n", name, (long long)size); \
        END(result) \
    }
TRUNCATING(ftruncate)
TRUNCATING(ftruncate64)

static void renamed(const char *from, const char *to) {
    for (int file = 0; file < DESCRIPTORS; file++)
        if (!strcmp(names[file], from)) snprintf(names[file], sizeof names[file], "%s", to);
}

int rename(const char *from, const char *to) {
    BEGIN
    const char *old = ours(from), *new = ours(to);
    int code = old && new ? next(RENAME, new, 0) : 0;
    if (code > 0) FAIL(code)
    int result = REAL(rename)(from, to);
    if (old && new && !result) {
        note("rename %s %s\n", old, new);
        renamed(old, new);
    }
    END(result)
}

int link(const char *from, const char *to) {
    BEGIN
    const char *old = ours(from), *new = ours(to);
    int code = old && new ? next(LINK, new, 0) : 0;
    if (code > 0) FAIL(code)
    int result = REAL(link)(from, to);
    if (old && new && !result) note("link %s %s\n", old, new);
    END(result)
}

int unlink(const char *path) {
    BEGIN
    const char *name = ours(path);
    int code = name ? next(UNLINK, name, 0) : 0;
    if (code > 0) FAIL(code)
    int result = REAL(unlink)(path);
    if (name && !result) note("unlink %s\n", name);
    END(result)
}

int close(int file) {
    BEGIN
    const char *name = open_name(file);
    int code = name ? next(CLOSE, name, 0) : 0;
    if (name) names[file][0] = 0;
    int result = REAL(close)(file);
    if (code > 0) FAIL(code)
    END(result)
}

__attribute__((destructor)) static void tell(void) {
    if (!count_path) return;
    int file = REAL(open)(count_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    for (long call = 0; call < calls && call < (long)sizeof kinds; call++) {
        put(file, words[kinds[call]], strlen(words[kinds[call]]));
        put(file, "\n", 1);
    }
}
