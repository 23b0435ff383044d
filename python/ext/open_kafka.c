/* SPDX-License-Identifier: Apache-2.0 */
/* Inputs and outputs of Kafka: opening them, and committing. */
#include "open_kafka.h"

#include "base/ascii.h"
#include "io/kafka.h"

static const bool never_called_off = false;

/* The octets of a str, as UTF-8; borrowed. @return 0, or -1 with an exception set. */
static int
text_of(PyObject *object, nm_span *out)
{
    Py_ssize_t len;
    const char *text = PyUnicode_AsUTF8AndSize(object, &len);
    if (text == NULL) {
        return -1;
    }
    *out = nm_span_of(text, (size_t)len);
    return 0;
}

/* [(key, value), …] */
static int
config_parse(PyObject *list, nm_kafka_config *out)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        PyObject *key_object;
        PyObject *value_object;
        nm_span key;
        nm_span value;
        nm_error err;
        if (!PyArg_ParseTuple(PyList_GET_ITEM(list, i), "UU", &key_object, &value_object) ||
            text_of(key_object, &key) < 0 || text_of(value_object, &value) < 0) {
            return -1;
        }
        nm_status status = nm_kafka_config_add(out, key, value, &err);
        if (status != NM_OK) {
            PyErr_Format(PyExc_ValueError, "config: %s", err.message);
            return -1;
        }
    }
    return 0;
}

/* What both directions are given. @return 0, or -1 with an exception set. */
static int
options_parse(const nmpy_kafka_arguments *given, nm_kafka_options *out)
{
    nm_span text;
    nm_error err;
    *out = (nm_kafka_options){.program = "nmsg"};
    if (text_of(given->endpoint, &text) < 0) {
        return -1;
    }
    if (nm_kafka_endpoint_parse(text, &out->endpoint, &err) != NM_OK) {
        PyErr_Format(PyExc_ValueError, "%S: %s", given->name, err.message);
        return -1;
    }
    if (given->key != NULL && given->key != Py_None) {
        out->key = PyUnicode_AsUTF8(given->key);
        if (out->key == NULL) {
            return -1;
        }
    }
    if (config_parse(given->config, &out->config) < 0) {
        nm_kafka_config_clear(&out->config);
        return -1;
    }
    return 0;
}

/* What cannot be used is a ValueError, whichever way it came. */
static void
raise_open(nmpy_state *state, const nm_error *err, const char *what, PyObject *name)
{
    if (err->code == NM_E_PARSE || err->code == NM_E_LIMIT) {
        PyErr_Format(PyExc_ValueError, "%S: %s", name, err->message);
    } else {
        nmpy_raise(state, err, what, name);
    }
}

int
nmpy_kafka_open_input(nmpy_input *self, const nmpy_kafka_arguments *given,
                      const nm_input_options *input)
{
    nm_kafka_options options;
    nm_error err = {.code = NM_OK};
    nmpy_wait wait;
    if (options_parse(given, &options) < 0) {
        return -1;
    }
    self->kind = "kafka";
    nmpy_wait_begin(&wait, &never_called_off);
    nm_status status = nm_input_open_kafka(&options, input, &wait.wait, &self->in, &err);
    nmpy_wait_end(&wait);
    nm_kafka_config_clear(&options.config);
    if (status != NM_OK && status != NM_STOPPED) {
        raise_open(self->state, &err, "cannot read", given->name);
    }
    return status == NM_OK ? 0 : -1;
}

int
nmpy_kafka_open_output(nmpy_output *self, const nmpy_kafka_arguments *given,
                       const nm_output_options *output)
{
    nm_kafka_options options;
    nm_error err = {.code = NM_OK};
    nmpy_wait wait;
    if (options_parse(given, &options) < 0) {
        return -1;
    }
    self->kind = "kafka";
    nmpy_wait_begin(&wait, &never_called_off);
    nm_status status = nm_output_open_kafka(&options, output, &wait.wait, &self->out, &err);
    nmpy_wait_end(&wait);
    nm_kafka_config_clear(&options.config);
    if (status != NM_OK && status != NM_STOPPED) {
        raise_open(self->state, &err, "cannot write", given->name);
    }
    return status == NM_OK ? 0 : -1;
}

/* -- committing -- */

const char nmpy_input_commit_doc[] = PyDoc_STR(
    "commit($self, /)\n--\n\n"
    "Have the broker note, for the group of a Kafka input, that all messages read so far are done\n"
    "with, and wait for its answer. A record of which some messages were not read yet is not.\n\n"
    "Without this call they are noted every five seconds and by close(), as far as a message\n"
    "behind them was asked for (config={'enable.auto.commit': 'false'}: not at all).\n\n"
    "Raises nmsg.RemoteError when the broker refuses or does not answer, ValueError for inputs\n"
    "that have no group.\n\n"
    ">>> import nmsg\n"
    ">>> nmsg.open(b'').commit()\n"
    "Traceback (most recent call last):\n"
    "ValueError: only readers in a group of Kafka commit");

PyObject *
nmpy_input_commit(PyObject *object, PyObject *unused)
{
    (void)unused;
    nmpy_input *self = (nmpy_input *)object;
    nmpy_wait wait;
    nm_error err = {.code = NM_OK};
    if (nmpy_input_lock_open(self) < 0) {
        return NULL;
    }
    if (self->kept == NULL) { /* Else the program has not had those. */
        nm_input_release(self->in);
    }
    nmpy_wait_begin(&wait, &self->is_closing);
    nm_status status = nm_input_commit(self->in, &wait.wait, &err);
    nmpy_wait_end(&wait);
    if (self->closes_on_leave) {
        nmpy_input_shut(self);
    }
    nmpy_lock_release(&self->lock);
    if (status == NM_OK) {
        Py_RETURN_NONE;
    }
    if (status == NM_STOPPED) {
        return PyErr_Occurred() ? NULL : nmpy_input_raise_unusable(self);
    }
    return nmpy_raise(self->state, &err, "commit failed", self->name);
}
