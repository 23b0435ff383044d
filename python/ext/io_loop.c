/* SPDX-License-Identifier: Apache-2.0 */
/* The loop of nmsg.io: from all inputs in turn to the outputs in turn, in the calling thread.
 *
 * Inputs are asked without waiting; only when none has anything, poll() waits for all of them. What
 * a callback raises, a signal handler too, ends the loop. */
#include "io.h"

#include <errno.h>

enum {
    BATCH = 512,                 /* Messages of an input before it is the turn of the next. */
    TURN_NS = 20 * 1000 * 1000,  /* The same in time, where callbacks are slow. */
    MESSAGES_BETWEEN_LOOKS = 16, /* At the clock. */
};

static const char loop_failed[] = "nmsg_io_loop() failed";

/* -- to the outputs -- */

/* The output whose turn it is, of those that want the message; NULL when none does. */
static nmpy_output *
next_output(nmpy_io *self, const nm_payload *payload)
{
    Py_ssize_t count = PyList_GET_SIZE(self->outputs);
    for (Py_ssize_t i = 0; i < count; i++) {
        if (self->turn >= count) {
            self->turn = 0;
        }
        nmpy_output *output = (nmpy_output *)PyList_GET_ITEM(self->outputs, self->turn++);
        if (nmpy_output_wants(output, payload)) {
            return output;
        }
    }
    return NULL;
}

/* Write to a file or socket.
 * @return NM_OK; NM_STOPPED: called off, or by a signal handler that raised; else with an exception
 *         set. */
static nm_status
write_out(nmpy_io *self, nmpy_output *output, const nm_payload *payload, const bool *called_off,
          bool *out_is_accepted)
{
    nm_error err = {.code = NM_OK};
    nm_status status = nm_output_try_write(output->out, payload, &err);
    *out_is_accepted = status == NM_OK || status == NM_FULL;
    if (status == NM_OK) {
        return NM_OK;
    }
    if (status == NM_FULL || status == NM_AGAIN) {
        nmpy_wait wait;
        nmpy_wait_begin(&wait, called_off);
        status = status == NM_FULL
                     ? nm_output_send(output->out, &wait.wait, &err)
                     : nm_output_write(output->out, payload, &wait.wait, out_is_accepted, &err);
        nmpy_wait_end(&wait);
    }
    if (status != NM_OK && status != NM_STOPPED && !PyErr_Occurred()) {
        nmpy_raise(self->state, &err, loop_failed, output->name);
    }
    return status;
}

/* Whether a message that was not accepted may be later. */
static bool
is_worth_holding(nm_status status)
{
    return status == NM_STOPPED || status == NM_E_SYSTEM || status == NM_E_REMOTE;
}

/* Keep a message that was taken from the input but not by the output. */
static void
hold(nmpy_io *self, nmpy_output *output, nmpy_input *input, const nm_message *message)
{
    PyObject *type;
    PyObject *value;
    PyObject *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    self->held = nmpy_input_message(input, message);
    self->held_for = output;
    if (self->held == NULL) {
        PyErr_WriteUnraisable((PyObject *)self); /* No memory: the message is lost. */
    }
    PyErr_Restore(type, value, traceback);
}

nm_status
nmpy_io_write_held(nmpy_io *self, const bool *called_off)
{
    if (self->held == NULL) {
        return NM_OK;
    }
    nm_payload payload;
    nm_buffer scratch;
    bool is_accepted = false;
    nm_status status = NM_E_NOMEM;
    nm_buffer_init(&scratch, INT32_MAX, &nm_allocator_heap);
    if (nmpy_message_payload(self->state, self->held, &scratch, &payload) == 0) {
        status = write_out(self, self->held_for, &payload, called_off, &is_accepted);
    }
    nm_buffer_clear(&scratch);
    if (is_accepted || !is_worth_holding(status)) {
        Py_CLEAR(self->held);
    }
    return status;
}

static int
deliver(nmpy_io *self, nmpy_input *input, const nm_message *message)
{
    nmpy_output *output = next_output(self, &message->payload);
    if (output == NULL) {
        return 0;
    }
    if (output->func != NULL) {
        PyObject *object = nmpy_input_message(input, message);
        int result = object == NULL          ? -1
                     : output->batch != NULL ? PyList_Append(output->batch, object)
                                             : nmpy_output_call(output, object);
        Py_XDECREF(object);
        return result;
    }
    bool is_accepted;
    nm_status status = write_out(self, output, &message->payload, &self->is_breaking, &is_accepted);
    if (!is_accepted && is_worth_holding(status)) {
        hold(self, output, input, message);
    }
    return status != NM_OK && PyErr_Occurred() ? -1 : 0;
}

/* -- from the inputs -- */

/* What came of the turn of an input. */
typedef enum turn { TURN_FAILED = -1, TURN_IDLE, TURN_BUSY } turn;

/* The next message, or the news that there is none. */
static turn
step(nmpy_io *self, nmpy_input *input)
{
    const nm_message *message;
    nm_error err = {.code = NM_OK};
    nm_status status = nm_input_take(input->in, &message, &err);
    if (status == NM_OK) {
        return deliver(self, input, message) < 0 ? TURN_FAILED : TURN_BUSY;
    }
    if (status == NM_AGAIN) {
        status = nmpy_input_fill(input, /* may_wait= */ false, &err);
    }
    if (status == NM_STOPPED) {
        return PyErr_Occurred() ? TURN_FAILED : TURN_IDLE; /* A file object's method raised. */
    }
    input->has_ended = status == NM_END;
    if (status == NM_END || status == NM_AGAIN) {
        return TURN_IDLE;
    }
    return status != NM_OK && nmpy_input_report(input, &err) < 0 ? TURN_FAILED : TURN_BUSY;
}

/* Messages of one input, no more than is fair. */
static turn
take_turn(nmpy_io *self, nmpy_input *input)
{
    int64_t end = 0; /* Most turns are over before the clock is looked at. */
    for (unsigned i = 1; i <= BATCH && !self->is_breaking; i++) {
        turn result = step(self, input);
        if (result != TURN_BUSY) {
            return result == TURN_IDLE && i > 1 ? TURN_BUSY : result;
        }
        if (i % MESSAGES_BETWEEN_LOOKS == 0) {
            int64_t now = nm_clock_monotonic_ns();
            end = end == 0 ? now + TURN_NS : end;
            if (now > end) {
                break;
            }
        }
    }
    return TURN_BUSY;
}

/* Hand over what was collected in a turn, whatever ended that, so that nothing waits for the next
 * message, and nothing is left behind an exception. The first exception is the one that counts.
 * @return `result`, or TURN_FAILED with an exception set. */
static turn
call_batches(nmpy_io *self, turn result)
{
    PyObject *type = NULL;
    PyObject *value = NULL;
    PyObject *traceback = NULL;
    if (result == TURN_FAILED) {
        PyErr_Fetch(&type, &value, &traceback);
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(self->outputs); i++) {
        nmpy_output *output = (nmpy_output *)PyList_GET_ITEM(self->outputs, i);
        if (nmpy_output_call_batch(output) == 0) {
            continue;
        }
        if (result == TURN_FAILED) {
            PyErr_WriteUnraisable((PyObject *)output);
        } else {
            PyErr_Fetch(&type, &value, &traceback);
            result = TURN_FAILED;
        }
    }
    if (result == TURN_FAILED) {
        PyErr_Restore(type, value, traceback);
    }
    return result;
}

/* Wait a slice for any input. @return 0, or -1 with an exception set. */
static int
wait_for_inputs(nmpy_io *self)
{
    Py_ssize_t count = PyList_GET_SIZE(self->inputs);
    if (count > self->fd_cap) {
        struct pollfd *fds = PyMem_Realloc(self->fds, (size_t)count * sizeof *fds);
        if (fds == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        self->fds = fds;
        self->fd_cap = count;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        const nmpy_input *input = (nmpy_input *)PyList_GET_ITEM(self->inputs, i);
        self->fds[i] = (struct pollfd){
            .fd = input->has_ended ? -1 : nm_input_fileno(input->in), /* -1 is left out. */
            .events = POLLIN,
        };
    }
    int ready;
    int poll_errno;
    Py_BEGIN_ALLOW_THREADS
    ready = poll(self->fds, (nfds_t)count, NM_WAIT_SLICE_MS);
    poll_errno = errno;
    Py_END_ALLOW_THREADS
    if (ready < 0 && poll_errno != EINTR) {
        errno = poll_errno;
        PyErr_SetFromErrno(PyExc_OSError);
        return -1;
    }
    return 0;
}

/* One turn of each input, those included that are added meanwhile.
 * @param out_is_over  All have ended. */
static turn
go_round(nmpy_io *self, bool *out_is_over)
{
    turn result = TURN_IDLE;
    *out_is_over = true;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(self->inputs) && !self->is_breaking; i++) {
        nmpy_input *input = (nmpy_input *)PyList_GET_ITEM(self->inputs, i);
        turn one = TURN_IDLE;
        if (!input->has_ended) {
            nm_input_hold(input->in, /* is_holding= */ true);
            one = call_batches(self, take_turn(self, input));
        }
        if (one == TURN_FAILED) {
            return TURN_FAILED;
        }
        nm_input_release(input->in); /* Who is to have them has had them. */
        result = one == TURN_BUSY ? TURN_BUSY : result;
        *out_is_over = *out_is_over && input->has_ended;
    }
    return result;
}

/* Until all inputs have ended or the loop is broken. @return 0, or -1 with an exception set. */
static int
run(nmpy_io *self)
{
    bool is_over = false;
    while (!is_over && !self->is_breaking) {
        turn result = go_round(self, &is_over);
        if (result == TURN_FAILED) {
            return -1;
        }
        if (result == TURN_IDLE && !is_over && wait_for_inputs(self) < 0) {
            return -1;
        }
        Py_BEGIN_ALLOW_THREADS /* For threads that asked for it; costs nothing without them. */
        Py_END_ALLOW_THREADS
        if (PyErr_CheckSignals() < 0) {
            return -1;
        }
    }
    return 0;
}

/* -- the end -- */

/* Send what an output holds. @param may_wait  Else what cannot go at once goes later. */
static int
flush_one(nmpy_io *self, nmpy_output *output, bool may_wait)
{
    nm_error err = {.code = NM_OK};
    nmpy_wait wait;
    nmpy_wait_begin(&wait, &self->is_breaking);
    nm_status status = nm_output_flush(output->out, may_wait ? &wait.wait : NULL, &err);
    nmpy_wait_end(&wait);
    if (PyErr_Occurred()) {
        return -1; /* A signal handler raised. */
    }
    if (status != NM_OK && status != NM_STOPPED && status != NM_AGAIN) {
        nmpy_raise(self->state, &err, loop_failed, output->name);
        return -1;
    }
    return 0;
}

static int
flush_all(nmpy_io *self, bool may_wait)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(self->outputs); i++) {
        nmpy_output *output = (nmpy_output *)PyList_GET_ITEM(self->outputs, i);
        if (output->out != NULL && flush_one(self, output, may_wait) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Flush and, if that was asked for, close; the first exception is the one that is raised. */
static int
leave(nmpy_io *self, int result)
{
    PyObject *type;
    PyObject *value;
    PyObject *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (flush_all(self, result == 0 && !self->is_breaking) < 0 && result == 0) {
        PyErr_Fetch(&type, &value, &traceback);
        result = -1;
    }
    PyErr_Clear(); /* What could not be sent is still there, and so is the reason. */
    self->is_looping = false;
    self->is_breaking = self->is_closing;
    if (self->is_closing && nmpy_io_shut(self) < 0) {
        if (result == 0) {
            return -1;
        }
        PyErr_WriteUnraisable((PyObject *)self);
    }
    if (result < 0) {
        PyErr_Restore(type, value, traceback);
    }
    return result;
}

const char nmpy_io_loop_doc[] = PyDoc_STR(
    "loop($self, /)\n--\n\n"
    "Take messages from all inputs to the outputs, until all inputs have ended or break_loop()\n"
    "is called; then flush the outputs. Without inputs it returns at once.\n\n"
    "Messages of one input keep their order, and inputs that have much do not hold up others.\n"
    "Of several outputs each gets the next message in turn; one that does not want it by its\n"
    "filter is passed over. Callbacks run in this thread.\n\n"
    "What a callback or a signal handler raises (KeyboardInterrupt too) ends the loop and is\n"
    "raised here, within 100 ms; so are OSError and nmsg.FormatError as input.read() and\n"
    "output.write() raise them. loop() may then be called again and goes on with the next\n"
    "message. nmsg.Error when there are inputs but no outputs, or the loop runs already.\n\n"
    ">>> import nmsg\n"
    ">>> with nmsg.output.open_file('ports.nmsg') as writer:\n"
    "...     for port in 25, 53:\n"
    "...         writer.write(nmsg.msgtype.base.ipconn(srcport=port))\n"
    ">>> with nmsg.io() as engine:\n"
    "...     engine.add_input(nmsg.input.open_file('ports.nmsg'))\n"
    "...     engine.add_output_callback(lambda m: print(m['srcport']))\n"
    "...     engine.loop()\n"
    "25\n"
    "53");

/* Whether the loop can start; else raises. */
static bool
check_start(const nmpy_io *self)
{
    const char *why = self->is_looping ? "the loop is running already"
                      : PyList_GET_SIZE(self->inputs) > 0 && PyList_GET_SIZE(self->outputs) == 0
                          ? "there are inputs, but no output"
                          : NULL;
    if (!nmpy_io_check_open(self)) {
        return false;
    }
    if (why != NULL) {
        PyErr_Format(self->state->error, "%s: %s", loop_failed, why);
        return false;
    }
    return true;
}

PyObject *
nmpy_io_loop(PyObject *object, PyObject *unused)
{
    (void)unused;
    nmpy_io *self = (nmpy_io *)object;
    if (!check_start(self)) {
        return NULL;
    }
    self->is_looping = true;
    self->thread = PyThread_get_thread_ident();
    nm_status status = nmpy_io_write_held(self, &self->is_breaking);
    int result = status != NM_OK && PyErr_Occurred() ? -1 : run(self);
    return leave(self, result) < 0 ? NULL : Py_NewRef(Py_None);
}
