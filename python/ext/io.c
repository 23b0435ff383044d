/* SPDX-License-Identifier: Apache-2.0 */
/* nmsg.io: the engine, what belongs to it, and its end. The loop is in io_loop.c. */
#include "io.h"

/* -- making -- */

static PyObject *
io_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    bool has_args = PyTuple_GET_SIZE(args) > 0 || (kwargs != NULL && PyDict_GET_SIZE(kwargs) > 0);
    if (has_args && type->tp_init == PyBaseObject_Type.tp_init) {
        PyErr_SetString(PyExc_TypeError, "io() takes no arguments");
        return NULL;
    }
    nmpy_io *self = (nmpy_io *)type->tp_alloc(type, 0);
    if (self == NULL) {
        return NULL;
    }
    self->module = Py_NewRef(PyType_GetModuleByDef(type, &nmpy_module_def));
    self->state = PyModule_GetState(self->module);
    self->inputs = PyList_New(0);
    self->outputs = PyList_New(0);
    if (self->inputs == NULL || self->outputs == NULL) {
        Py_CLEAR(self);
    }
    return (PyObject *)self;
}

bool
nmpy_io_check_open(const nmpy_io *self)
{
    if (self->is_closed || self->is_closing) {
        PyErr_SetString(self->state->error, nm_status_text(NM_E_CLOSED));
        return false;
    }
    return true;
}

/* -- inputs -- */

/* What was set on the engine goes before what the input has. */
static void
apply_filter(const nm_header_filter *own, nm_input *in)
{
    nm_header_filter filter = nm_input_filter(in);
    if (own->vendor != 0 || own->type != 0) {
        nmpy_filter_replace(&filter, NMPY_FILTER_TYPE, own);
    }
    if (own->source != 0) {
        nmpy_filter_replace(&filter, NMPY_FILTER_SOURCE, own);
    }
    if (own->operator != 0) {
        nmpy_filter_replace(&filter, NMPY_FILTER_OPERATOR, own);
    }
    if (own->group != 0) {
        nmpy_filter_replace(&filter, NMPY_FILTER_GROUP, own);
    }
    nm_input_set_filter(in, &filter);
}

int
nmpy_io_take_input(nmpy_io *self, nmpy_input *input)
{
    if (!nmpy_io_check_open(self) || nmpy_input_give_away(input) < 0) {
        return -1;
    }
    if (PyList_Append(self->inputs, (PyObject *)input) < 0) {
        input->is_given_away = false;
        return -1;
    }
    apply_filter(&self->filter, input->in);
    return 0;
}

PyDoc_STRVAR(
    add_input_doc,
    "add_input($self, input, /)\n--\n\n"
    "Read from this input as well; also while the loop is running.\n\n"
    "It belongs to the engine from now on: only its stats, address and repr() are left to\n"
    "the program. What was set by set_filter_… before is set on it. nmsg.Error when it is\n"
    "not open, belongs to an engine already, or a thread is reading it.\n\n"
    ">>> import nmsg\n"
    ">>> engine = nmsg.io()\n"
    ">>> engine.add_input(nmsg.input.open_sock('127.0.0.1', 0))\n"
    ">>> engine.close()");

static PyObject *
io_add_input(PyObject *object, PyObject *input)
{
    nmpy_io *self = (nmpy_io *)object;
    if (!PyObject_TypeCheck(input, self->state->input_type)) {
        PyErr_Format(PyExc_TypeError, "add_input() takes an nmsg.input, not %.100s",
                     Py_TYPE(input)->tp_name);
        return NULL;
    }
    return nmpy_io_take_input(self, (nmpy_input *)input) < 0 ? NULL : Py_NewRef(Py_None);
}

/* -- outputs -- */

static int
take_output(nmpy_io *self, nmpy_output *output)
{
    if (!nmpy_io_check_open(self) || nmpy_output_give_away(output) < 0) {
        return -1;
    }
    if (PyList_Append(self->outputs, (PyObject *)output) < 0) {
        output->is_given_away = false;
        return -1;
    }
    if (self->filter.vendor != 0 || self->filter.type != 0) {
        output->filter_vendor = self->filter.vendor;
        output->filter_type = self->filter.type;
    }
    return 0;
}

PyDoc_STRVAR(add_output_doc,
             "add_output($self, output, /)\n--\n\n"
             "Write to this output as well; several take messages in turn (see loop()).\n\n"
             "It belongs to the engine from now on: only its stats, func, fileobj and repr() are\n"
             "left to the program. What was set by set_filter_msgtype() before is set on it.\n"
             "nmsg.Error when it is not open, belongs to an engine already, or is in use.\n\n"
             ">>> import nmsg\n"
             ">>> with nmsg.io() as engine:\n"
             "...     engine.add_output(nmsg.output.open_file('all.nmsg'))");

static PyObject *
io_add_output(PyObject *object, PyObject *output)
{
    nmpy_io *self = (nmpy_io *)object;
    if (!PyObject_TypeCheck(output, self->state->output_type)) {
        PyErr_Format(PyExc_TypeError, "add_output() takes an nmsg.output, not %.100s",
                     Py_TYPE(output)->tp_name);
        return NULL;
    }
    return take_output(self, (nmpy_output *)output) < 0 ? NULL : Py_NewRef(Py_None);
}

PyDoc_STRVAR(
    add_output_callback_doc,
    "add_output_callback($self, func, /, *, batch=False)\n--\n\n"
    "Call func(m) for messages: add_output(output.open_callback(func)).\n\n"
    "With batch=True call func(messages) with lists, which is quicker: what an input has,\n"
    "up to 512 messages, at once when it has nothing more. Whatever ends the loop, the\n"
    "function has got all that were taken for it.\n\n"
    ">>> import nmsg\n"
    ">>> messages = []\n"
    ">>> with nmsg.io() as engine:\n"
    "...     engine.add_output_callback(messages.extend, batch=True)\n"
    "...     engine.loop()");

static PyObject *
io_add_output_callback(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"", "batch", NULL};
    nmpy_io *self = (nmpy_io *)object;
    PyObject *func;
    int is_batched = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|$p:add_output_callback", keywords, &func,
                                     &is_batched)) {
        return NULL;
    }
    PyObject *output =
        PyObject_CallMethod((PyObject *)self->state->output_type, "open_callback", "O", func);
    if (output == NULL) {
        return NULL;
    }
    int result = is_batched ? nmpy_output_set_batched((nmpy_output *)output) : 0;
    if (result == 0) {
        result = take_output(self, (nmpy_output *)output);
    }
    Py_DECREF(output);
    return result < 0 ? NULL : Py_NewRef(Py_None);
}

/* -- filters -- */

static PyObject *
set_filter(PyObject *object, nmpy_filter_part part, PyObject *const *args, Py_ssize_t nargs)
{
    nmpy_io *self = (nmpy_io *)object;
    nm_header_filter given;
    if (nmpy_filter_parse(self->state, part, args, nargs, &given) < 0 ||
        !nmpy_io_check_open(self)) {
        return NULL;
    }
    nmpy_filter_replace(&self->filter, part, &given);
    Py_RETURN_NONE;
}

PyDoc_STRVAR(
    set_filter_msgtype_doc,
    "set_filter_msgtype($self, vid, msgtype, /)\n--\n\n"
    "Of inputs added from now on only messages of this type, given as numbers or names;\n"
    "outputs added from now on take no others. (0, 0): what they are set to themselves.\n\n"
    ">>> import nmsg\n"
    ">>> nmsg.io().set_filter_msgtype('base', 'dnsqr')");

static PyObject *
io_set_filter_msgtype(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    return set_filter(self, NMPY_FILTER_TYPE, args, nargs);
}

PyDoc_STRVAR(set_filter_source_doc,
             "set_filter_source($self, source, /)\n--\n\n"
             "Of inputs added from now on only messages from this source. 0: as they are set\n"
             "themselves.\n\n"
             ">>> import nmsg\n"
             ">>> nmsg.io().set_filter_source(0xa1ba02cf)");

static PyObject *
io_set_filter_source(PyObject *self, PyObject *value)
{
    return set_filter(self, NMPY_FILTER_SOURCE, &value, 1);
}

PyDoc_STRVAR(set_filter_operator_doc,
             "set_filter_operator($self, operator, /)\n--\n\n"
             "Of inputs added from now on only messages of this operator, a name or number.\n"
             "0 or None: as they are set themselves. nmsg.Error for an unknown name.\n\n"
             ">>> import nmsg\n"
             ">>> nmsg.io().set_filter_operator(1)");

static PyObject *
io_set_filter_operator(PyObject *self, PyObject *value)
{
    return set_filter(self, NMPY_FILTER_OPERATOR, &value, 1);
}

PyDoc_STRVAR(set_filter_group_doc,
             "set_filter_group($self, group, /)\n--\n\n"
             "Of inputs added from now on only messages of this group, a name or number.\n"
             "0 or None: as they are set themselves. nmsg.Error for an unknown name.\n\n"
             ">>> import nmsg\n"
             ">>> nmsg.io().set_filter_group(1)");

static PyObject *
io_set_filter_group(PyObject *self, PyObject *value)
{
    return set_filter(self, NMPY_FILTER_GROUP, &value, 1);
}

/* -- the end -- */

PyDoc_STRVAR(break_loop_doc,
             "break_loop($self, /)\n--\n\n"
             "End loop() within 100 ms; callbacks, signal handlers and other threads may call it.\n"
             "No message is lost by that. When no loop is running, the next one ends at once.\n\n"
             ">>> import nmsg, threading\n"
             ">>> engine = nmsg.io()\n"
             ">>> engine.add_input(nmsg.input.open_sock('127.0.0.1', 0))\n"
             ">>> engine.add_output_callback(print)\n"
             ">>> threading.Timer(0.1, engine.break_loop).start()\n"
             ">>> engine.loop()\n"
             ">>> engine.close()");

static PyObject *
io_break_loop(PyObject *object, PyObject *unused)
{
    (void)unused;
    ((nmpy_io *)object)->is_breaking = true;
    Py_RETURN_NONE;
}

static void
shut_inputs(nmpy_io *self)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(self->inputs); i++) {
        nmpy_input *input = (nmpy_input *)PyList_GET_ITEM(self->inputs, i);
        nmpy_input_shut(input);
        input->has_ended = true;
    }
}

/* Write the message that is held, wherever that leads.
 * @return 0; -1: a signal handler raised. Another exception may be set. */
static int
end_holding(nmpy_io *self)
{
    static const bool never = false;
    if (nmpy_io_write_held(self, &never) == NM_STOPPED) {
        return -1;
    }
    Py_CLEAR(self->held);
    return 0;
}

/* Close the outputs, those behind a failure too, and raise the first failure.
 * @return 0; -1: a signal handler raised, and some are still open. */
static int
shut_outputs(nmpy_io *self)
{
    PyObject *type = NULL;
    PyObject *value = NULL;
    PyObject *traceback = NULL;
    int result = 0;
    PyErr_Fetch(&type, &value, &traceback);
    for (Py_ssize_t i = 0; result == 0 && i < PyList_GET_SIZE(self->outputs); i++) {
        nmpy_output *output = (nmpy_output *)PyList_GET_ITEM(self->outputs, i);
        if (nmpy_output_shut(output) < 0) {
            result = output->out != NULL ? -1 : 0;
            if (type == NULL) {
                PyErr_Fetch(&type, &value, &traceback);
            } else if (output == self->held_for) {
                PyErr_Clear(); /* It failed with the message held for it, and that is told. */
            } else {
                PyErr_WriteUnraisable((PyObject *)output);
            }
        }
    }
    PyErr_Restore(type, value, traceback);
    return result;
}

int
nmpy_io_shut(nmpy_io *self)
{
    if (self->is_closed) {
        return 0;
    }
    self->is_closing = true;
    shut_inputs(self);
    self->is_closed = end_holding(self) == 0 && shut_outputs(self) == 0;
    self->is_closing = false;
    return PyErr_Occurred() ? -1 : 0;
}

PyDoc_STRVAR(close_doc,
             "close($self, /)\n--\n\n"
             "End the loop, close all inputs, send what the outputs hold and close them. In a\n"
             "callback it ends the loop, which then closes. Closing again does nothing.\n\n"
             "Raises OSError when something cannot be written (all is closed nevertheless), and\n"
             "what a signal handler raises while waiting (it is still open then).\n\n"
             ">>> import nmsg\n"
             ">>> nmsg.io().close()");

static PyObject *
io_close(PyObject *object, PyObject *unused)
{
    (void)unused;
    nmpy_io *self = (nmpy_io *)object;
    if (self->is_looping) {
        self->is_closing = true;
        self->is_breaking = true;
        if (self->thread == PyThread_get_thread_ident()) {
            Py_RETURN_NONE; /* A callback or signal handler: the loop closes when it leaves. */
        }
    }
    while (self->is_looping) {
        nmpy_step_aside();
        if (PyErr_CheckSignals() < 0) {
            return NULL;
        }
    }
    return nmpy_io_shut(self) < 0 ? NULL : Py_NewRef(Py_None);
}

/* Close everything without waiting for long. */
static void
io_finalize(PyObject *object)
{
    nmpy_io *self = (nmpy_io *)object;
    PyObject *type;
    PyObject *value;
    PyObject *traceback;
    if (self->inputs == NULL || self->outputs == NULL) {
        return; /* Half made. */
    }
    PyErr_Fetch(&type, &value, &traceback);
    shut_inputs(self);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(self->outputs); i++) {
        nmpy_output_drop((nmpy_output *)PyList_GET_ITEM(self->outputs, i));
    }
    self->is_closed = true;
    PyErr_Restore(type, value, traceback);
}

static int
io_clear(PyObject *object)
{
    nmpy_io *self = (nmpy_io *)object;
    Py_CLEAR(self->held);
    Py_CLEAR(self->inputs);
    Py_CLEAR(self->outputs);
    return 0;
}

static void
io_dealloc(PyObject *object)
{
    nmpy_io *self = (nmpy_io *)object;
    PyTypeObject *type = Py_TYPE(object);
    if (PyObject_CallFinalizerFromDealloc(object) < 0) {
        return; /* Somebody refers to it again. */
    }
    PyObject_GC_UnTrack(object);
    (void)io_clear(object); /* Always 0. */
    Py_CLEAR(self->module);
    PyMem_Free(self->fds);
    type->tp_free(object);
    Py_DECREF(type);
}

static int
io_traverse(PyObject *object, visitproc visit, void *arg)
{
    nmpy_io *self = (nmpy_io *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->inputs);
    Py_VISIT(self->outputs);
    Py_VISIT(self->held);
    Py_VISIT(self->module);
    return 0;
}

/* -- attributes and the rest -- */

static PyObject *
io_get_inputs(PyObject *object, void *closure)
{
    (void)closure;
    return PyList_AsTuple(((nmpy_io *)object)->inputs);
}

static PyObject *
io_get_outputs(PyObject *object, void *closure)
{
    (void)closure;
    return PyList_AsTuple(((nmpy_io *)object)->outputs);
}

static PyObject *
io_repr(PyObject *object)
{
    return nmpy_instance_repr("io object", ((nmpy_io *)object)->is_closed ? NULL : object);
}

static PyObject *
io_enter(PyObject *object, PyObject *unused)
{
    (void)unused;
    return Py_NewRef(object);
}

static PyObject *
io_exit(PyObject *object, PyObject *args)
{
    (void)args;
    return io_close(object, NULL);
}

#define KEYWORDS(function) ((PyCFunction)(void (*)(void))(function))

static PyMethodDef io_methods[] = {
    {"add_input", io_add_input, METH_O, add_input_doc},
    {"add_input_channel", KEYWORDS(nmpy_io_add_input_channel), METH_VARARGS | METH_KEYWORDS,
     nmpy_io_add_input_channel_doc},
    {"add_output", io_add_output, METH_O, add_output_doc},
    {"add_output_callback", KEYWORDS(io_add_output_callback), METH_VARARGS | METH_KEYWORDS,
     add_output_callback_doc},
    {"set_filter_msgtype", KEYWORDS(io_set_filter_msgtype), METH_FASTCALL, set_filter_msgtype_doc},
    {"set_filter_source", io_set_filter_source, METH_O, set_filter_source_doc},
    {"set_filter_operator", io_set_filter_operator, METH_O, set_filter_operator_doc},
    {"set_filter_group", io_set_filter_group, METH_O, set_filter_group_doc},
    {"loop", nmpy_io_loop, METH_NOARGS, nmpy_io_loop_doc},
    {"break_loop", io_break_loop, METH_NOARGS, break_loop_doc},
    {"close", io_close, METH_NOARGS, close_doc},
    {"__enter__", io_enter, METH_NOARGS, "__enter__($self, /)\n--\n\nThe engine itself."},
    {"__exit__", io_exit, METH_VARARGS, "__exit__($self, /, *args)\n--\n\nclose()"},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef io_getset[] = {
    {"inputs", io_get_inputs, NULL,
     "The inputs in the order of adding, as a tuple; for their stats and addresses.\n\n"
     ">>> import nmsg\n"
     ">>> engine = nmsg.io()\n"
     ">>> engine.add_input(nmsg.input.open_sock('127.0.0.1', 0))\n"
     ">>> engine.inputs[0].stats.messages\n"
     "0",
     NULL},
    {"outputs", io_get_outputs, NULL,
     "The outputs in the order of adding, as a tuple; for their stats.\n\n"
     ">>> import nmsg\n"
     ">>> engine = nmsg.io()\n"
     ">>> engine.add_output(nmsg.output.open_file('out.nmsg'))\n"
     ">>> engine.outputs[0].stats.messages\n"
     "0",
     NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyDoc_STRVAR(io_doc,
             "io()\n--\n\n"
             "An engine that takes messages from any number of inputs to any number of outputs,\n"
             "callbacks above all, in the thread that calls loop().\n\n"
             "Works as a context manager. It installs no signal handlers, and starts no threads\n"
             "beyond those of inputs and outputs.\n\n"
             ">>> import nmsg\n"
             ">>> with nmsg.output.open_file('some.nmsg') as writer:\n"
             "...     writer.write(nmsg.msgtype.base.ipconn(srcip='192.0.2.1'))\n"
             ">>> with nmsg.io() as engine:\n"
             "...     engine.add_input(nmsg.input.open_file('some.nmsg'))\n"
             "...     engine.add_output_callback(lambda m: print(m['srcip']))\n"
             "...     engine.loop()\n"
             "192.0.2.1");

static PyType_Slot io_slots[] = {
    {Py_tp_doc, (void *)io_doc},
    {Py_tp_new, NMPY_SLOT(io_new)},
    {Py_tp_dealloc, NMPY_SLOT(io_dealloc)},
    {Py_tp_finalize, NMPY_SLOT(io_finalize)},
    {Py_tp_traverse, NMPY_SLOT(io_traverse)},
    {Py_tp_clear, NMPY_SLOT(io_clear)},
    {Py_tp_repr, NMPY_SLOT(io_repr)},
    {Py_tp_methods, io_methods},
    {Py_tp_getset, io_getset},
    {0, NULL},
};

static PyType_Spec io_spec = {
    .name = "nmsg.io",
    .basicsize = sizeof(nmpy_io),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = io_slots,
};

int
nmpy_io_init(PyObject *module, nmpy_state *state)
{
    state->io_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &io_spec, /* bases= */ NULL);
    return state->io_type != NULL && PyModule_AddType(module, state->io_type) == 0
               ? nmpy_channels_init(module)
               : -1;
}
