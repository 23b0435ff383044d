/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting without the GIL. */
#include "module.h"

#include <poll.h>

enum {
    LOCK_SLICE_US = NM_WAIT_SLICE_MS * 1000,
    STEP_ASIDE_MS = 1,
};

static bool
may_go_on(void *context)
{
    nmpy_wait *wait = context;
    PyEval_RestoreThread(wait->thread);
    bool result = !*wait->called_off && PyErr_CheckSignals() == 0;
    wait->thread = PyEval_SaveThread();
    return result;
}

void
nmpy_wait_begin(nmpy_wait *wait, const bool *called_off)
{
    wait->wait = (nm_wait){.may_go_on = may_go_on, .context = wait};
    wait->called_off = called_off;
    wait->thread = PyEval_SaveThread();
}

void
nmpy_wait_end(nmpy_wait *wait)
{
    PyEval_RestoreThread(wait->thread);
}

int
nmpy_lock_init(nmpy_lock *lock, PyObject *error)
{
    *lock = (nmpy_lock){.gate = PyThread_allocate_lock(), .error = error};
    if (lock->gate == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    return PyThread_acquire_lock(lock->gate, NOWAIT_LOCK) ? 0 : -1; /* It is new: always taken. */
}

void
nmpy_lock_clear(nmpy_lock *lock)
{
    if (lock->gate != NULL) {
        PyThread_free_lock(lock->gate);
        lock->gate = NULL;
    }
}

void
nmpy_raise_reentered(PyObject *error)
{
    PyErr_SetString(error, "called by a signal handler while the same object waits");
}

bool
nmpy_lock_is_mine(const nmpy_lock *lock)
{
    return lock->is_held && lock->holder == PyThread_get_thread_ident();
}

/* Wait until the lock may be free. @return 0, or -1 with an exception set. */
static int
wait_at_gate(nmpy_lock *lock)
{
    PyLockStatus status;
    lock->waiters++;
    Py_BEGIN_ALLOW_THREADS
    status = PyThread_acquire_lock_timed(lock->gate, LOCK_SLICE_US, /* intr_flag= */ 1);
    Py_END_ALLOW_THREADS
    lock->waiters--;
    if (status == PY_LOCK_ACQUIRED) {
        lock->is_gate_open = false;
    }
    return PyErr_CheckSignals();
}

void
nmpy_step_aside(void)
{
    PyThreadState *thread = PyEval_SaveThread();
    (void)poll(/* fds= */ NULL, 0, STEP_ASIDE_MS); /* A sleep. */
    PyEval_RestoreThread(thread);
}

int
nmpy_lock_acquire(nmpy_lock *lock)
{
    if (nmpy_lock_is_mine(lock)) {
        nmpy_raise_reentered(lock->error);
        return -1;
    }
    if (!lock->is_held && lock->waiters > 0) {
        /* Whoever uses the object in a loop gives up the GIL only while it holds the lock, so it
         * has to step aside for those who wait. */
        nmpy_step_aside();
    }
    while (lock->is_held) {
        if (wait_at_gate(lock) < 0) {
            return -1;
        }
    }
    lock->is_held = true;
    lock->holder = PyThread_get_thread_ident();
    return 0;
}

void
nmpy_lock_release(nmpy_lock *lock)
{
    lock->is_held = false;
    if (lock->waiters > 0 && !lock->is_gate_open) {
        lock->is_gate_open = true;
        PyThread_release_lock(lock->gate);
    }
}

nm_status
nmpy_open_path(nmpy_opener open_one, void *context, nm_error *err)
{
    for (;;) {
        nm_status status;
        Py_BEGIN_ALLOW_THREADS
        status = open_one(context, err);
        Py_END_ALLOW_THREADS
        if (status != NM_E_SYSTEM || err->sys_errno != EINTR) {
            return status;
        }
        if (PyErr_CheckSignals() < 0) {
            return NM_STOPPED;
        }
    }
}
