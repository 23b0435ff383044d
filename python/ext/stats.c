/* SPDX-License-Identifier: Apache-2.0 */
/* What inputs and outputs have counted, as tuples with names. */
#include "capture.h"
#include "html.h"

#include "io/input.h"
#include "io/output.h"
#include "io/packet_options.h"

static PyStructSequence_Field lost_fields[] = {
    {"kernel", "datagrams that the kernel dropped at this socket"},
    {"sequence", "containers missing by their sequence numbers, wherever lost"},
    {"fragments", "containers given up because pieces of them never came"},
    {NULL, NULL},
};

static PyStructSequence_Desc lost_desc = {
    .name = "nmsg.lost",
    .doc = "What did not arrive, by cause. Never add these up: a datagram that the kernel dropped\n"
           "is missing by its sequence number too.\n\n"
           ">>> import nmsg\n"
           ">>> with nmsg.input.open_sock('127.0.0.1', 0) as reader:\n"
           "...     reader.stats.lost\n"
           "nmsg.lost(kernel=0, sequence=0, fragments=0)",
    .fields = lost_fields,
    .n_in_sequence = 3,
};

static PyStructSequence_Field bad_fields[] = {
    {"containers", "containers skipped: damaged, or none at all"},
    {"payloads", "messages skipped: CRC mismatch, or not of the type they claim"},
    {NULL, NULL},
};

static PyStructSequence_Desc bad_desc = {
    .name = "nmsg.bad",
    .doc = "What was skipped because it could not be decoded.\n\n"
           ">>> import nmsg\n"
           ">>> with nmsg.input.open_sock('127.0.0.1', 0) as reader:\n"
           "...     reader.stats.bad\n"
           "nmsg.bad(containers=0, payloads=0)",
    .fields = bad_fields,
    .n_in_sequence = 2,
};

static PyStructSequence_Field input_fields[] = {
    {"messages", "messages given to the program"},
    {"filtered", "messages not wanted by the filters"},
    {"containers", "containers decoded; a reassembled one counts once"},
    {"datagrams", "datagrams, or records of Kafka, received; 0 for files"},
    {"octets", "octets read or received"},
    {"bad", "what was skipped because it could not be decoded"},
    {"lost", "what did not arrive"},
    {"ring_full_ns", "nanoseconds during which the program kept the receiver waiting"},
    {"receive_buffer", "octets of kernel buffer that were granted; 0 for files"},
    {NULL, NULL},
};

static PyStructSequence_Desc input_desc = {
    .name = "nmsg.input_stats",
    .doc = "Counts of an input since it was opened.\n\n"
           ">>> import nmsg\n"
           ">>> with nmsg.output.open_file('out.nmsg') as writer:\n"
           "...     writer.write(nmsg.msgtype.base.logline(message='hello'))\n"
           ">>> with nmsg.input.open_file('out.nmsg') as reader:\n"
           "...     count = len(list(reader))\n"
           ">>> reader.stats.messages, reader.stats.containers\n"
           "(1, 1)",
    .fields = input_fields,
    .n_in_sequence = 9,
};

static PyStructSequence_Field output_fields[] = {
    {"messages", "messages accepted"},
    {"containers", "containers sent; a fragmented one counts once"},
    {"frames", "containers and fragments sent: the datagrams of a socket"},
    {"octets", "octets sent"},
    {"send_errors", "times that a datagram was refused, unreachable or without room"},
    {"queued", "records given to the client of Kafka to be sent; 0 for others"},
    {"delivered", "records that the broker of Kafka has confirmed"},
    {"failed", "records that the broker of Kafka refused, or that were given up"},
    {NULL, NULL},
};

static PyStructSequence_Desc output_desc = {
    .name = "nmsg.output_stats",
    .doc = "Counts of an output since it was opened.\n\n"
           ">>> import nmsg\n"
           ">>> with nmsg.output.open_file('out.nmsg') as writer:\n"
           "...     writer.write(nmsg.msgtype.base.logline(message='hello'))\n"
           ">>> writer.stats.messages, writer.stats.send_errors\n"
           "(1, 0)",
    .fields = output_fields,
    .n_in_sequence = 5, /* The others have names only: programs take tuples apart. */
};

static PyStructSequence_Field capture_fields[] = {
    {"packets", "packets looked at"},
    {"messages", "messages made of them"},
    {"cut", "packets of which fewer octets were captured than there were; not used"},
    {"bad", "packets with headers or a DNS message that do not fit their octets"},
    {"other", "packets of another protocol or port, or a link layer that is not read"},
    {"unwanted", "packets that did not pass the filter, or of the direction not asked for"},
    {"fragments", "packets that are part of an IP datagram"},
    {"reassembled", "IP datagrams put together of them"},
    {"given_up", "IP datagrams of which fragments were missing or overlapped"},
    {"waiting", "base:dnsqr: queries that wait for their response now"},
    {"unanswered", "base:dnsqr: queries that did so in vain"},
    {"pushed_out", "base:dnsqr: of those, how many because there were too many"},
    {"dropped", "base:dnsqr: messages dropped because of their name or flag"},
    {"lost_kernel", "packets that the kernel dropped because nobody fetched them; 0 for files"},
    {"lost_interface", "packets that the interface or its driver dropped"},
    {NULL, NULL},
};

static PyStructSequence_Desc capture_desc = {
    .name = "nmsg.capture_stats",
    .doc = "What became of packets: counts since the input or capture was opened.\n\n"
           ">>> import nmsg\n"
           ">>> capture = nmsg.capture('base:pkt', linktype=1)\n"
           ">>> count = len(capture.feed(bytes(60), 1700000000))\n"
           ">>> capture.stats.packets, capture.stats.messages\n"
           "(1, 1)",
    .fields = capture_fields,
    .n_in_sequence = 15,
};

/* -- as HTML -- */

/* The names of a tuple with names: new reference to a tuple of str. */
static PyObject *
names_of(PyObject *sequence)
{
    return PyObject_GetAttrString((PyObject *)Py_TYPE(sequence), "__match_args__");
}

/* A row for each number; those of a tuple inside are called "lost.kernel". */
static void
add_rows(nmpy_html *html, PyObject *sequence, const char *prefix)
{
    PyObject *names = names_of(sequence);
    html->has_failed |= names == NULL;
    for (Py_ssize_t i = 0; !html->has_failed && i < PyTuple_GET_SIZE(names); i++) {
        const char *last = PyUnicode_AsUTF8(PyTuple_GET_ITEM(names, i));
        PyObject *item = PyTuple_GET_ITEM(sequence, i);
        char name[64];
        PyOS_snprintf(name, sizeof name, "%s%s%s", prefix, prefix[0] != '\0' ? "." : "",
                      last != NULL ? last : "");
        if (PyTuple_Check(item) && prefix[0] == '\0') {
            add_rows(html, item, name);
        } else {
            nmpy_html_row(html, name, last != NULL ? item : NULL);
        }
    }
    Py_XDECREF(names);
}

PyDoc_STRVAR(repr_html_doc, "_repr_html_($self, /)\n--\n\n"
                            "The counts as an HTML table, which notebooks show.\n\n"
                            ">>> import nmsg\n"
                            ">>> '<td' in nmsg.input.open_file('/dev/null').stats._repr_html_()\n"
                            "True");

static PyObject *
stats_repr_html(PyObject *self, PyObject *unused)
{
    (void)unused;
    nmpy_html html;
    PyObject *title = PyType_GetName(Py_TYPE(self));
    nmpy_html_begin(&html);
    nmpy_html_table(&html, title, /* heads= */ NULL);
    Py_XDECREF(title);
    add_rows(&html, self, "");
    nmpy_html_markup(&html, "</table>");
    return nmpy_html_end(&html);
}

static PyMethodDef repr_html_def = {"_repr_html_", stats_repr_html, METH_NOARGS, repr_html_doc};

/* -- making them -- */

static int
add_method(PyTypeObject *type, PyMethodDef *def)
{
    PyObject *method = PyDescr_NewMethod(type, def);
    int result =
        method != NULL ? PyObject_SetAttrString((PyObject *)type, def->ml_name, method) : -1;
    Py_XDECREF(method);
    return result;
}

static PyTypeObject *
make(PyObject *module, PyStructSequence_Desc *desc)
{
    PyTypeObject *type = PyStructSequence_NewType(desc);
    if (type != NULL &&
        (add_method(type, &repr_html_def) < 0 || PyModule_AddType(module, type) < 0)) {
        Py_CLEAR(type);
    }
    return type;
}

int
nmpy_stats_init(PyObject *module, nmpy_state *state)
{
    state->lost_type = make(module, &lost_desc);
    state->bad_type = make(module, &bad_desc);
    state->input_stats_type = make(module, &input_desc);
    state->output_stats_type = make(module, &output_desc);
    state->capture_stats_type = make(module, &capture_desc);
    return state->lost_type != NULL && state->bad_type != NULL && state->input_stats_type != NULL &&
                   state->output_stats_type != NULL && state->capture_stats_type != NULL
               ? 0
               : -1;
}

/* A tuple with names, from numbers and, where `objects` has one, objects (taken). */
static PyObject *
fill(PyTypeObject *type, size_t count, const uint64_t *numbers, PyObject *const *objects)
{
    PyObject *sequence = PyStructSequence_New(type);
    for (size_t i = 0; i < count; i++) {
        PyObject *item = objects != NULL ? objects[i] : NULL;
        if (item == NULL && sequence != NULL) {
            item = PyLong_FromUnsignedLongLong(numbers[i]);
        }
        if (sequence == NULL) {
            Py_XDECREF(item);
            continue;
        }
        PyStructSequence_SetItem(sequence, (Py_ssize_t)i, item);
        if (item == NULL) {
            Py_CLEAR(sequence);
        }
    }
    return sequence;
}

PyObject *
nmpy_input_stats_new(nmpy_state *state, const nm_input_stats *stats)
{
    enum { BAD = 5, LOST = 6, COUNT = 9 };
    const uint64_t bad[] = {stats->bad_containers, stats->bad_payloads};
    const uint64_t lost[] = {stats->kernel_lost, stats->sequence_lost, stats->fragments_lost};
    const uint64_t numbers[COUNT] = {stats->messages,
                                     stats->filtered,
                                     stats->containers,
                                     stats->datagrams,
                                     stats->octets,
                                     0,
                                     0,
                                     stats->ring_full_ns,
                                     stats->receive_buffer_len};
    PyObject *objects[COUNT] = {NULL};
    objects[BAD] = fill(state->bad_type, 2, bad, /* objects= */ NULL);
    objects[LOST] = fill(state->lost_type, 3, lost, /* objects= */ NULL);
    if (objects[BAD] == NULL || objects[LOST] == NULL) {
        Py_XDECREF(objects[BAD]);
        Py_XDECREF(objects[LOST]);
        return NULL;
    }
    return fill(state->input_stats_type, COUNT, numbers, objects);
}

PyObject *
nmpy_capture_stats_new(nmpy_state *state, const nm_capture_stats *stats, const nm_input_stats *of)
{
    enum { COUNT = 15 };
    const uint64_t numbers[COUNT] = {stats->packets,
                                     stats->messages,
                                     stats->cut,
                                     stats->bad,
                                     stats->other,
                                     stats->unwanted,
                                     stats->fragments,
                                     stats->reassembled,
                                     stats->given_up,
                                     stats->queries,
                                     stats->unanswered,
                                     stats->pushed_out,
                                     stats->filtered,
                                     of != NULL ? of->kernel_lost : 0,
                                     of != NULL ? of->interface_lost : 0};
    return fill(state->capture_stats_type, COUNT, numbers, /* objects= */ NULL);
}

PyObject *
nmpy_output_stats_new(nmpy_state *state, const nm_output_stats *stats)
{
    enum { COUNT = 8 };
    const uint64_t numbers[COUNT] = {stats->messages,  stats->containers,  stats->frames,
                                     stats->octets,    stats->send_errors, stats->queued,
                                     stats->delivered, stats->failed};
    return fill(state->output_stats_type, COUNT, numbers, /* objects= */ NULL);
}
