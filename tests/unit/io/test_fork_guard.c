/* SPDX-License-Identifier: Apache-2.0 */
#include "io/fork_guard.h"

#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static void
a_mark_is_foreign_in_the_child_only(void)
{
    nm_fork_mark mark = nm_fork_mark_take();
    CHECK(!nm_fork_mark_is_foreign(mark));
    pid_t child = fork();
    if (child == 0) {
        bool own = nm_fork_mark_is_foreign(nm_fork_mark_take());
        _exit(nm_fork_mark_is_foreign(mark) && !own ? 0 : 1);
    }
    int status = -1;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    CHECK(!nm_fork_mark_is_foreign(mark));
}

typedef struct counting_hook {
    nm_fork_hook hook;
    int before;
    int after;
} counting_hook;

static void
count_before(nm_fork_hook *hook)
{
    ((counting_hook *)hook)->before++;
}

static void
count_after(nm_fork_hook *hook)
{
    ((counting_hook *)hook)->after++;
}

static void
hooks_are_called_as_long_as_they_are_there(void)
{
    counting_hook hooks[3] = {{.before = 0}};
    for (size_t i = 0; i < 3; i++) {
        hooks[i].hook = (nm_fork_hook){.before = count_before, .after = count_after};
        nm_fork_hook_add(&hooks[i].hook);
    }
    for (int round = 1; round <= 3; round++) {
        int status = -1;
        pid_t child = fork();
        if (child == 0) { /* The oldest is there to the end. */
            _exit(hooks[0].before == round && hooks[0].after == round ? 0 : 1);
        }
        CHECK_EQ(waitpid(child, &status, 0), child);
        CHECK_EQ(status, 0);
        nm_fork_hook_remove(&hooks[3 - round].hook);
        nm_fork_hook_remove(&hooks[3 - round].hook); /* Again is harmless. */
    }
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(hooks[i].before, 3 - i);
        CHECK_EQ(hooks[i].after, 3 - i);
    }
}

CHECK_MAIN(CHECK_TEST(a_mark_is_foreign_in_the_child_only),
           CHECK_TEST(hooks_are_called_as_long_as_they_are_there))
