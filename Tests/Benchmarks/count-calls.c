/* Loaded before the C library (LD_PRELOAD): counts the calls of fsync and writes the count to $COUNT_CALLS at the end. With
   $SYNC_MICROSECONDS each call takes that much longer, as on a slower disk. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_long syncs;

static void count(void) {
    const char *pause = getenv("SYNC_MICROSECONDS");
    atomic_fetch_add(&syncs, 1);
    if (pause) usleep((useconds_t)atol(pause));
}

int fsync(int descriptor) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    count();
    return real(descriptor);
}

int fdatasync(int descriptor) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    count();
    return real(descriptor);
}

__attribute__((destructor)) static void tell(void) {
    const char *path = getenv("COUNT_CALLS");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (!file) return;
    fprintf(file, "%ld\n", atomic_load(&syncs));
    fclose(file);
}
