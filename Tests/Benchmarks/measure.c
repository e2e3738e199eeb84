/* measure RESULT COMMAND...: runs a command and writes to RESULT "wall user system peak-KiB exit-status", times in seconds.
   Small on purpose: a child's peak memory counts that of its parent at the moment of the fork. */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval time) { return time.tv_sec + time.tv_usec * 1e-6; }

int main(int argc, char **argv) {
    if (argc < 3) return 64;
    struct timespec before, after;
    struct rusage usage;
    int status;
    clock_gettime(CLOCK_MONOTONIC, &before);
    pid_t child = fork();
    if (child == 0) {
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) < 0) return 1;
    clock_gettime(CLOCK_MONOTONIC, &after);
    FILE *result = fopen(argv[1], "w");
    if (!result) return 1;
    fprintf(result, "%.6f %.6f %.6f %ld %d\n", after.tv_sec - before.tv_sec + (after.tv_nsec - before.tv_nsec) * 1e-9,
            seconds(usage.ru_utime), seconds(usage.ru_stime), usage.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return fclose(result) ? 1 : 0;
}
