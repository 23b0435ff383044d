/* SPDX-License-Identifier: Apache-2.0 */
/* A counter that every fork() raises in the child. */
#include "io/fork_guard.h"

#include <pthread.h>
#include <stdatomic.h>

/* Process-wide by nature, hence one of the few variables of the core. */
static atomic_uint fork_count;
static pthread_once_t fork_once = PTHREAD_ONCE_INIT;

static void
count_fork(void)
{
    atomic_fetch_add_explicit(&fork_count, 1, memory_order_relaxed);
}

static void
register_handler(void)
{
    /* Fails for want of memory only; forks then go unnoticed. */
    (void)pthread_atfork(/* prepare= */ NULL, /* parent= */ NULL, count_fork);
}

nm_fork_mark
nm_fork_mark_take(void)
{
    (void)pthread_once(&fork_once, register_handler); /* Cannot fail with a proper control. */
    return atomic_load_explicit(&fork_count, memory_order_relaxed);
}

bool
nm_fork_mark_is_foreign(nm_fork_mark mark)
{
    return atomic_load_explicit(&fork_count, memory_order_relaxed) != mark;
}
