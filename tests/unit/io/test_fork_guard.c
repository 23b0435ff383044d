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

CHECK_MAIN(CHECK_TEST(a_mark_is_foreign_in_the_child_only))
