/* Loaded before the C library (LD_PRELOAD): a wall clock that goes $FIRE_CLOCK seconds wrong, and with $FIRE_BOOT another boot's id
   from that file. The clocks that count from the start of the machine stay as they are. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static long offset(void) {
    const char *text = getenv("FIRE_CLOCK");
    return text ? atol(text) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = REAL(clock_gettime);
    int result = real(clock, now);
    if (!result && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += offset();
    return result;
}

int gettimeofday(struct timeval *now, void *zone) {
    int result = ((int (*)(struct timeval *, void *))dlsym(RTLD_NEXT, "gettimeofday"))(now, zone);
    if (!result) now->tv_sec += offset();
    return result;
}

time_t time(time_t *now) {
    time_t value = REAL(time)(NULL) + offset();
    if (now) *now = value;
    return value;
}

static const char *boot(const char *path) {
    const char *other = getenv("FIRE_BOOT");
    return other && path && !strcmp(path, "/proc/sys/kernel/random/boot_id") ? other : path;
}

#define OPENING(function) \
    int function(const char *path, int flags, ...) { \
        va_list arguments; \
        va_start(arguments, flags); \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0; \
        va_end(arguments); \
        return REAL(function)(boot(path), flags, mode); \
    }
OPENING(open)
OPENING(open64)
