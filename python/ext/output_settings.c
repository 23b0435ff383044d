/* SPDX-License-Identifier: Apache-2.0 */
/* Settings and attributes of nmsg.output. */
#include "file_object.h"
#include "output.h"

const char nmpy_output_set_buffered_doc[] =
    PyDoc_STR("set_buffered($self, buffered, /)\n--\n\n"
              "False: every message is sent at once, in a container of its own. A\n"
              "callback always gets them so.\n\n"
              ">>> import nmsg\n"
              ">>> writer = nmsg.output.open_file('out.nmsg')\n"
              ">>> writer.set_buffered(False)\n"
              ">>> for port in 25, 53:\n"
              "...     writer.write(nmsg.msgtype.base.ipconn(srcport=port))\n"
              ">>> writer.stats.containers\n"
              "2");

PyObject *
nmpy_output_set_buffered(PyObject *object, PyObject *value)
{
    nmpy_output *self = (nmpy_output *)object;
    int truth = PyObject_IsTrue(value);
    if (truth < 0) {
        return NULL;
    }
    if (!nmpy_output_check_usable(self)) {
        return NULL;
    }
    if (self->out != NULL) {
        nm_output_set_buffered(self->out, truth != 0);
    }
    Py_RETURN_NONE;
}

const char nmpy_output_set_zlibout_doc[] =
    PyDoc_STR("set_zlibout($self, compress, /)\n--\n\n"
              "True: compress the containers written from now on. Ignored for a\n"
              "callback.\n\n"
              ">>> import nmsg\n"
              ">>> writer = nmsg.output.open_file('out.nmsg')\n"
              ">>> writer.set_zlibout(True)");

PyObject *
nmpy_output_set_zlibout(PyObject *object, PyObject *value)
{
    nmpy_output *self = (nmpy_output *)object;
    int truth = PyObject_IsTrue(value);
    nmpy_wait wait;
    nmpy_output_use use;
    nm_error err = {.code = NM_E_NOMEM};
    if (truth < 0) {
        return NULL;
    }
    if (self->func != NULL) {
        return nmpy_output_check_usable(self) ? Py_NewRef(Py_None) : NULL;
    }
    if (nmpy_output_use_begin(self, &use) < 0) {
        return NULL;
    }
    nmpy_wait_begin(&wait, &self->is_closing);
    nm_status status = nm_output_set_zlib(self->out, truth != 0, nm_output_options_file().zlevel,
                                          &wait.wait, &err);
    nmpy_wait_end(&wait);
    return nmpy_output_use_end(self, &use, status, &err, "nmsg_output_set_zlibout() failed");
}

const char nmpy_output_set_filter_msgtype_doc[] =
    PyDoc_STR("set_filter_msgtype($self, vid, msgtype, /)\n--\n\n"
              "Write only messages of this type, given as numbers or names, and ignore others.\n"
              "(0, 0): write all.\n\n"
              ">>> import nmsg\n"
              ">>> writer = nmsg.output.open_file('out.nmsg')\n"
              ">>> writer.set_filter_msgtype('base', 'dnsqr')\n"
              ">>> writer.write(nmsg.msgtype.base.ipconn())\n"
              ">>> writer.stats.messages\n"
              "0");

PyObject *
nmpy_output_set_filter_msgtype(PyObject *object, PyObject *const *args, Py_ssize_t nargs)
{
    nmpy_output *self = (nmpy_output *)object;
    if (nargs != 2) {
        PyErr_Format(PyExc_TypeError, "set_filter_msgtype() takes 2 arguments (%zd given)", nargs);
        return NULL;
    }
    uint32_t vendor;
    uint32_t type;
    if (nmpy_msgtype_parse(self->state, args[0], args[1], &vendor, &type) < 0) {
        return NULL;
    }
    if (self->is_given_away && !nmpy_output_check_usable(self)) {
        return NULL;
    }
    self->filter_vendor = vendor;
    self->filter_type = type;
    Py_RETURN_NONE;
}

const char nmpy_output_fileno_doc[] =
    PyDoc_STR("fileno($self, /)\n--\n\n"
              "Descriptor of the socket or file; it belongs to the output.\n\n"
              ">>> import nmsg\n"
              ">>> writer = nmsg.output.open_file('out.nmsg')\n"
              ">>> writer.fileno() >= 0\n"
              "True");

PyObject *
nmpy_output_fileno(PyObject *object, PyObject *unused)
{
    (void)unused;
    nmpy_output *self = (nmpy_output *)object;
    if (!nmpy_output_check_usable(self)) {
        return NULL;
    }
    if (self->out == NULL) {
        return nmpy_raise_no_descriptor();
    }
    int fd = nm_output_fileno(self->out);
    return fd >= 0 ? PyLong_FromLong(fd) : nmpy_raise_no_descriptor();
}

/* -- attributes -- */

static PyObject *
get_stats(PyObject *object, void *closure)
{
    (void)closure;
    nmpy_output *self = (nmpy_output *)object;
    nm_output_stats stats = self->out != NULL ? nm_output_stats_get(self->out) : self->last_stats;
    return nmpy_output_stats_new(self->state, &stats);
}

static PyObject *
get_closed(PyObject *object, void *closure)
{
    (void)closure;
    return PyBool_FromLong(!nmpy_output_is_open((nmpy_output *)object));
}

static PyObject *
get_name(PyObject *object, void *closure)
{
    (void)closure;
    PyObject *name = ((nmpy_output *)object)->name;
    return Py_NewRef(name != NULL ? name : Py_None);
}

static PyObject *
get_fileobj(PyObject *object, void *closure)
{
    (void)closure;
    PyObject *file = ((nmpy_output *)object)->file;
    return Py_NewRef(file != NULL ? file : Py_None);
}

static PyObject *
get_func(PyObject *object, void *closure)
{
    (void)closure;
    PyObject *func = ((nmpy_output *)object)->func;
    return Py_NewRef(func != NULL ? func : Py_None);
}

PyGetSetDef nmpy_output_getset[] = {
    {"closed", get_closed, NULL,
     "True when the output is not open.\n\n"
     ">>> import nmsg\n"
     ">>> writer = nmsg.open('out.nmsg', 'w')\n"
     ">>> writer.closed\n"
     "False\n"
     ">>> writer.close()\n"
     ">>> writer.closed\n"
     "True",
     NULL},
    {"name", get_name, NULL,
     "What it writes, as messages name it: the path or URL as given, or text; None when it was\n"
     "never opened.\n\n"
     ">>> import nmsg\n"
     ">>> with nmsg.open('out.nmsg', 'w') as writer:\n"
     "...     writer.name\n"
     "'out.nmsg'",
     NULL},
    {"stats", get_stats, NULL,
     "Counts since the output was opened: nmsg.output_stats.\n\n"
     ">>> import nmsg\n"
     ">>> with nmsg.open('out.nmsg', 'w') as writer:\n"
     "...     writer.stats.messages\n"
     "0",
     NULL},
    {"fileobj", get_fileobj, NULL,
     "What open_file() or open_json() was given to write to, as long as the output is open;\n"
     "None when that was a path, and for others.\n\n"
     ">>> import nmsg\n"
     ">>> with open('out.nmsg', 'wb') as file:\n"
     "...     with nmsg.output.open_file(file) as writer:\n"
     "...         writer.fileobj is file\n"
     "True",
     NULL},
    {"func", get_func, NULL,
     "What open_callback() was given, as long as the output is open; None for others.\n\n"
     ">>> import nmsg\n"
     ">>> nmsg.output.open_callback(print).func is print\n"
     "True",
     NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
