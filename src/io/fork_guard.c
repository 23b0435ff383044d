/* SPDX-License-Identifier: Apache-2.0 */
/* A counter that every fork() raises in the child, and those who want to know beforehand. */
#include "io/fork_guard.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

/* Process-wide by nature, hence the few variables of the core. */
static atomic_uint fork_count;
static pthread_once_t fork_once = PTHREAD_ONCE_INIT;
static pthread_mutex_t hooks_lock = PTHREAD_MUTEX_INITIALIZER; /* Held during a fork(). */
static nm_fork_hook *hooks;

static void
before_fork(void)
{
    pthread_mutex_lock(&hooks_lock);
    for (nm_fork_hook *hook = hooks; hook != NULL; hook = hook->next) {
        hook->before(hook);
    }
}

static void
after_fork(void)
{
    for (nm_fork_hook *hook = hooks; hook != NULL; hook = hook->next) {
        hook->after(hook);
    }
    pthread_mutex_unlock(&hooks_lock);
}

static void
after_fork_in_child(void)
{
    atomic_fetch_add_explicit(&fork_count, 1, memory_order_relaxed);
    after_fork();
}

static void
register_handlers(void)
{
    /* Fails for want of memory only; forks then go unnoticed. */
    (void)pthread_atfork(before_fork, after_fork, after_fork_in_child);
}

nm_fork_mark
nm_fork_mark_take(void)
{
    (void)pthread_once(&fork_once, register_handlers); /* Cannot fail with a proper control. */
    return atomic_load_explicit(&fork_count, memory_order_relaxed);
}

bool
nm_fork_mark_is_foreign(nm_fork_mark mark)
{
    return atomic_load_explicit(&fork_count, memory_order_relaxed) != mark;
}

void
nm_fork_hook_add(nm_fork_hook *hook)
{
    (void)pthread_once(&fork_once, register_handlers); /* Cannot fail with a proper control. */
    pthread_mutex_lock(&hooks_lock);
    hook->previous = NULL;
    hook->next = hooks;
    if (hooks != NULL) {
        hooks->previous = hook;
    }
    hooks = hook;
    pthread_mutex_unlock(&hooks_lock);
}

void
nm_fork_hook_remove(nm_fork_hook *hook)
{
    if (hook->before == NULL) {
        return;
    }
    pthread_mutex_lock(&hooks_lock);
    if (hook->previous != NULL) {
        hook->previous->next = hook->next;
    } else {
        hooks = hook->next;
    }
    if (hook->next != NULL) {
        hook->next->previous = hook->previous;
    }
    pthread_mutex_unlock(&hooks_lock);
    hook->before = NULL;
}
