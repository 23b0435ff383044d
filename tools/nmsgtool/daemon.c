/* SPDX-License-Identifier: Apache-2.0 */
/* Going to the background, and giving up rights. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tool.h"

/* In the parent: end when the child is ready, or as it ended. */
static _Noreturn void
follow(pid_t child, int fd)
{
    char octet = 0;
    ssize_t len;
    int status = 0;
    while ((len = read(fd, &octet, 1)) < 0 && errno == EINTR) {
    }
    if (len == 1) {
        _exit(EXIT_SUCCESS);
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE);
}

int
tool_daemon_start(nm_error *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        (void)nm_error_set_system(err, errno, "pipe() failed");
        return -1;
    }
    pid_t child = fork();
    if (child < 0) {
        (void)nm_error_set_system(err, errno, "fork() failed");
        (void)close(ends[0]); /* Nothing was written. */
        (void)close(ends[1]);
        return -1;
    }
    if (child > 0) {
        (void)close(ends[1]); /* The child's. */
        follow(child, ends[0]);
    }
    (void)close(ends[0]); /* The parent's. */
    return ends[1];
}

void
tool_daemon_ready(int fd, bool keeps_input, bool keeps_output)
{
    const bool keeps[] = {keeps_input, keeps_output, false};
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    ssize_t written;
    (void)setsid(); /* Fails only for leaders of a group, which a child is not. */
    if (chdir("/") != 0) {
        tool_say("cannot change to /: %s", strerror(errno));
    }
    for (int i = 0; null >= 0 && i < 3; i++) {
        if (!keeps[i]) {
            (void)dup2(null, i); /* Else it stays what it is. */
        }
    }
    if (null > STDERR_FILENO) {
        (void)close(null);
    }
    do {
        written = write(fd, "", 1);
    } while (written < 0 && errno == EINTR);
    (void)close(fd); /* Only the parent reads it. */
}

bool
tool_become(const tool *t, int pid_file)
{
    const char *name = t->options.user;
    const struct passwd *user = getpwnam(name);
    if (user == NULL) {
        tool_say("username %s does not exist", name);
        return false;
    }
    if (pid_file >= 0 && fchown(pid_file, user->pw_uid, user->pw_gid) != 0) {
        tool_say("fchown() on pid file failed: %s", strerror(errno));
    }
    if (initgroups(name, user->pw_gid) != 0 || setgid(user->pw_gid) != 0 ||
        setuid(user->pw_uid) != 0) {
        tool_say("unable to change to user %s", name);
        return false;
    }
    tool_tell(t, "switched to user %s", name);
    return true;
}
