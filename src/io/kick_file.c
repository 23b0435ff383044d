/* SPDX-License-Identifier: Apache-2.0 */
/* Names with stamps, renaming, and commands. */
#include "io/kick_file.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

enum { STAMP_LEN = 64 /* "20261122.2226.1795386378.285518937" and room for far years. */ };

struct nm_kick_file {
    char *folder;
    char *base;
    char *suffix;
    char *command;
    char *part_name;
    char *name;
};

nm_kick_file *
nm_kick_file_new(const char *path, const char *suffix, const char *command)
{
    nm_kick_file *k = calloc(1, sizeof *k);
    const char *slash = strrchr(path, '/');
    if (k == NULL) {
        return NULL;
    }
    k->folder = slash == NULL   ? strdup(".")
                : slash == path ? strdup("")
                                : strndup(path, (size_t)(slash - path));
    k->base = strdup(slash == NULL ? path : slash + 1);
    k->suffix = strdup(suffix);
    k->command = strdup(command);
    if (k->folder == NULL || k->base == NULL || k->suffix == NULL || k->command == NULL) {
        nm_kick_file_free(k);
        return NULL;
    }
    return k;
}

static void
forget_names(nm_kick_file *k)
{
    free(k->part_name);
    free(k->name);
    k->part_name = NULL;
    k->name = NULL;
}

void
nm_kick_file_free(nm_kick_file *k)
{
    if (k != NULL) {
        forget_names(k);
        free(k->folder);
        free(k->base);
        free(k->suffix);
        free(k->command);
        free(k);
    }
}

static void
make_stamp(char *out)
{
    struct timespec now = {.tv_sec = 0};
    struct tm parts;
    (void)clock_gettime(CLOCK_REALTIME, &now); /* Cannot fail with this clock. */
    if (gmtime_r(&now.tv_sec, &parts) == NULL) {
        parts = (struct tm){.tm_mday = 1};
    }
    (void)snprintf(out, STAMP_LEN, "%04d%02d%02d.%02d%02d.%lld.%09ld", parts.tm_year + 1900,
                   parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min,
                   (long long)now.tv_sec, now.tv_nsec);
}

nm_status
nm_kick_file_begin(nm_kick_file *k, nm_error *err)
{
    char stamp[STAMP_LEN];
    size_t len = strlen(k->folder) + strlen(k->base) + strlen(k->suffix) + sizeof stamp + 16;
    forget_names(k);
    make_stamp(stamp);
    k->part_name = malloc(len);
    k->name = malloc(len);
    if (k->part_name == NULL || k->name == NULL) {
        forget_names(k);
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for the name of a file");
    }
    (void)snprintf(k->part_name, len, "%s/.%s.%s.part", k->folder, k->base, stamp);
    (void)snprintf(k->name, len, "%s/%s.%s%s", k->folder, k->base, stamp, k->suffix);
    return NM_OK;
}

const char *
nm_kick_file_part_name(const nm_kick_file *k)
{
    return k->part_name;
}

const char *
nm_kick_file_name(const nm_kick_file *k)
{
    return k->name;
}

/* Have a shell start the command in the background; only the shell is waited for. */
static nm_status
run_command(const nm_kick_file *k, nm_error *err)
{
    size_t len = strlen(k->command) + strlen(k->name) + 8;
    char *line = malloc(len);
    if (line == NULL) {
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory to run '%s'", k->command);
    }
    (void)snprintf(line, len, "%s %s &", k->command, k->name);
    char *arguments[] = {"sh", "-c", line, NULL};
    posix_spawnattr_t attributes;
    sigset_t ordinary;
    pid_t child = -1;
    int status = 0;
    /* The command finds signals as any program does, whatever this one made of them. */
    (void)posix_spawnattr_init(&attributes);
    sigemptyset(&ordinary);
    (void)posix_spawnattr_setsigmask(&attributes, &ordinary);
    sigaddset(&ordinary, SIGPIPE);
    sigaddset(&ordinary, SIGXFSZ);
    (void)posix_spawnattr_setsigdefault(&attributes, &ordinary);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int failure =
        posix_spawn(&child, "/bin/sh", /* actions= */ NULL, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    free(line);
    if (failure != 0) {
        return nm_error_set_system(err, failure, "cannot run '%s'", k->command);
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (status != 0) {
        return nm_error_set_system(err, EINVAL, "the shell does not run '%s'", k->command);
    }
    return NM_OK;
}

nm_status
nm_kick_file_finish(nm_kick_file *k, nm_error *err)
{
    if (rename(k->part_name, k->name) != 0) {
        return nm_error_set_system(err, errno, "cannot rename %s to %s", k->part_name, k->name);
    }
    return k->command[0] != '\0' ? run_command(k, err) : NM_OK;
}
