/* SPDX-License-Identifier: Apache-2.0 */
/* Channels: looking them up in their alias file, and nmsg.io.add_input_channel, which opens inputs
 * at the places that are listed for one. */
#include "io.h"

#include "base/ascii.h"
#include "io/alias_files.h"
#include "io/channel.h"

enum { NAMES_SHOWN_MAX = 200 };

static PyObject *
text_of(nm_span octets)
{
    return PyUnicode_DecodeUTF8((const char *)octets.data, (Py_ssize_t)octets.len,
                                "surrogateescape");
}

/* Where the file is looked for, as a new tuple of str. */
static PyObject *
list_paths(void)
{
    nm_alias_paths paths;
    nm_error err;
    if (nm_alias_paths_list(NM_ALIAS_CHANNEL, &paths, &err) != NM_OK) {
        return PyErr_NoMemory();
    }
    PyObject *tuple = PyTuple_New((Py_ssize_t)paths.count);
    for (size_t i = 0; tuple != NULL && i < paths.count; i++) {
        PyObject *path = PyUnicode_DecodeFSDefault(paths.paths[i]);
        if (path == NULL) {
            Py_CLEAR(tuple);
        } else {
            PyTuple_SET_ITEM(tuple, (Py_ssize_t)i, path);
        }
    }
    nm_alias_paths_clear(&paths);
    return tuple;
}

int
nmpy_channels_init(PyObject *module)
{
    PyObject *paths = list_paths();
    int result = paths != NULL ? PyModule_AddObjectRef(module, "chalias_fnames", paths) : -1;
    Py_XDECREF(paths);
    return result;
}

/* A channel that is being looked up. */
typedef struct lookup {
    nmpy_state *state;
    PyObject *name;   /* As the program gave it. */
    PyObject *octets; /* The same as bytes. */
    char *path;       /* Of the file. */
    nm_buffer text;   /* Of the file. */
    PyObject *places; /* list of tuples (address, port). */
} lookup;

static nm_span
octets_of(const lookup *l)
{
    return nm_span_of(PyBytes_AS_STRING(l->octets), (size_t)PyBytes_GET_SIZE(l->octets));
}

static int
raise_no_file(const lookup *l)
{
    PyObject *paths = list_paths();
    PyObject *comma = PyUnicode_FromString(", ");
    PyObject *text = paths != NULL && comma != NULL ? PyUnicode_Join(comma, paths) : NULL;
    if (text != NULL) {
        PyErr_Format(l->state->error,
                     "unable to locate nmsg channel alias file for channel %S: looked for %U",
                     l->name, text);
    }
    Py_XDECREF(paths);
    Py_XDECREF(comma);
    Py_XDECREF(text);
    return -1;
}

/* nmsg.Error "lookup of channel NAME failed: FILE …". @param why  Its reference is taken. */
static int
raise_failed(const lookup *l, PyObject *why)
{
    PyObject *path = PyUnicode_DecodeFSDefault(l->path);
    if (why != NULL && path != NULL) {
        PyErr_Format(l->state->error, "lookup of channel %S failed: %U %U", l->name, path, why);
    }
    Py_XDECREF(path);
    Py_XDECREF(why);
    return -1;
}

/* Names of the channels there are, each once, in the order of the file, as a new dict. */
static PyObject *
collect_names(const lookup *l)
{
    nm_channel_search search =
        nm_channel_search_init(nm_buffer_span(&l->text), nm_span_of(NULL, 0));
    nm_channel_line line;
    PyObject *names = PyDict_New();
    while (names != NULL && PyDict_GET_SIZE(names) < NAMES_SHOWN_MAX &&
           nm_channel_line_next(&search, &line)) {
        PyObject *name = text_of(line.name);
        if (name == NULL || PyDict_SetItem(names, name, Py_None) < 0) {
            Py_CLEAR(names);
        }
        Py_XDECREF(name);
    }
    return names;
}

static int
raise_unknown(const lookup *l)
{
    PyObject *names = collect_names(l);
    PyObject *comma = PyUnicode_FromString(", ");
    PyObject *text = names != NULL && comma != NULL ? PyUnicode_Join(comma, names) : NULL;
    PyObject *why = text == NULL                      ? NULL
                    : PyUnicode_GET_LENGTH(text) == 0 ? PyUnicode_FromString("has no channels")
                                                      : PyUnicode_FromFormat("has %U", text);
    Py_XDECREF(names);
    Py_XDECREF(comma);
    Py_XDECREF(text);
    return raise_failed(l, why);
}

static int
add_port(const lookup *l, const char *address, unsigned port)
{
    PyObject *pair = Py_BuildValue("(sI)", address, port);
    int result = pair != NULL ? PyList_Append(l->places, pair) : -1;
    Py_XDECREF(pair);
    return result;
}

static int
add_place(const lookup *l, const nm_channel_place *place)
{
    if (place->is_endpoint) {
        PyObject *text = text_of(place->text);
        PyObject *why = text != NULL
                            ? PyUnicode_FromFormat("has %U, which this build cannot open", text)
                            : NULL;
        Py_XDECREF(text);
        return raise_failed(l, why);
    }
    int result = 0;
    for (unsigned port = place->first_port; result == 0 && port <= place->last_port; port++) {
        result = add_port(l, place->address, port);
    }
    return result;
}

/* Collect all places of the channel. @return 0, or -1 with an exception set. */
static int
collect(const lookup *l)
{
    nm_channel_search search = nm_channel_search_init(nm_buffer_span(&l->text), octets_of(l));
    nm_channel_place place;
    nm_error err;
    nm_status status;
    while ((status = nm_channel_place_next(&search, &place, &err)) == NM_OK) {
        if (add_place(l, &place) < 0) {
            return -1;
        }
    }
    if (status != NM_END) {
        return raise_failed(l, text_of(nm_span_of_text(err.message)));
    }
    if (!search.is_known) {
        return raise_unknown(l);
    }
    return PyList_GET_SIZE(l->places) > 0
               ? 0
               : raise_failed(l, PyUnicode_FromString("lists no place for it"));
}

/* Find the file and the channel in it. @return 0, or -1 with an exception set. */
static int
look_up(lookup *l)
{
    nm_error err = {.code = NM_OK};
    nm_status status = nm_channel_file_read(&l->text, &l->path, &err);
    if (status != NM_OK) {
        nmpy_raise(l->state, &err, "nmsg channel alias file", /* where= */ NULL);
        return -1;
    }
    return l->path != NULL ? collect(l) : raise_no_file(l);
}

PyObject *
nmpy_channel_look_up(nmpy_state *state, PyObject *name, PyObject **out_path)
{
    lookup l = {.state = state, .name = name};
    nm_buffer_init(&l.text, NM_ALIAS_FILE_LEN_MAX, &nm_allocator_heap);
    l.octets = PyUnicode_AsEncodedString(name, "utf-8", "surrogateescape");
    l.places = PyList_New(0);
    int result = l.octets != NULL && l.places != NULL ? look_up(&l) : -1;
    if (result == 0 && out_path != NULL) {
        *out_path = PyUnicode_DecodeFSDefault(l.path);
        result = *out_path != NULL ? 0 : -1;
    }
    Py_XDECREF(l.octets);
    nm_buffer_clear(&l.text);
    free(l.path);
    if (result < 0) {
        Py_XDECREF(l.places);
        return NULL;
    }
    return l.places;
}

/* -- inputs -- */

/* Tell with the exception that is set which channel it is about. */
static void
add_note(PyObject *name, PyObject *path)
{
    PyObject *type;
    PyObject *value;
    PyObject *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    PyObject *note = PyUnicode_FromFormat("channel %S of %U", name, path);
    PyObject *result = note != NULL ? PyObject_CallMethod(value, "add_note", "O", note) : NULL;
    Py_XDECREF(note);
    Py_XDECREF(result);
    PyErr_Clear(); /* Without a note then. */
    PyErr_Restore(type, value, traceback);
}

/* input.open_sock(address, port, **kwargs) for each place, as a new list. */
static PyObject *
open_inputs(nmpy_state *state, PyObject *places, PyObject *kwargs)
{
    PyObject *function = PyObject_GetAttrString((PyObject *)state->input_type, "open_sock");
    PyObject *inputs = function != NULL ? PyList_New(0) : NULL;
    for (Py_ssize_t i = 0; inputs != NULL && i < PyList_GET_SIZE(places); i++) {
        PyObject *input = PyObject_Call(function, PyList_GET_ITEM(places, i), kwargs);
        if (input == NULL || PyList_Append(inputs, input) < 0) {
            Py_CLEAR(inputs);
        }
        Py_XDECREF(input);
    }
    Py_XDECREF(function);
    return inputs;
}

static int
take_inputs(nmpy_io *self, PyObject *inputs)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(inputs); i++) {
        if (nmpy_io_take_input(self, (nmpy_input *)PyList_GET_ITEM(inputs, i)) < 0) {
            return -1;
        }
    }
    return 0;
}

const char nmpy_io_add_input_channel_doc[] = PyDoc_STR(
    "add_input_channel($self, channel, /, *, ring=67108864, strings=None, errors='skip',\n"
    "                  max_container=16777216)\n--\n\n"
    "Receive what is sent to all addresses and ports that the channel alias file lists for a\n"
    "channel; the rest are options of input.open_sock().\n\n"
    "The file is what the environment variable NMSG_CHALIAS_FILE names, else the first that\n"
    "exists of nmsg.chalias and nmsgtool.chalias in the folders $XDG_CONFIG_HOME/nmsg (usually\n"
    "~/.config/nmsg), /etc, /usr/local/etc. It is read at every call. A line is the name of a\n"
    "channel and what belongs to it: 'ch202 10.32.202.255/8430..8437 ::1/9430'.\n\n"
    "nmsg.Error when there is no file, no such channel, or a place that is not understood;\n"
    "OSError when an address cannot be listened at. Then no input is added.\n\n"
    ">>> import nmsg, os, pathlib\n"
    ">>> pathlib.Path('channels').write_text('ch9 127.0.0.1/0 127.0.0.1/0\\n')\n"
    "28\n"
    ">>> os.environ['NMSG_CHALIAS_FILE'] = 'channels'\n"
    ">>> with nmsg.io() as engine:\n"
    "...     engine.add_input_channel('ch9')\n"
    "...     len(engine.inputs)\n"
    "2\n"
    ">>> del os.environ['NMSG_CHALIAS_FILE']");

PyObject *
nmpy_io_add_input_channel(PyObject *object, PyObject *args, PyObject *kwargs)
{
    nmpy_io *self = (nmpy_io *)object;
    PyObject *name;
    PyObject *path = NULL;
    if (!PyArg_ParseTuple(args, "U:add_input_channel", &name) || !nmpy_io_check_open(self)) {
        return NULL;
    }
    PyObject *places = nmpy_channel_look_up(self->state, name, &path);
    if (places == NULL) {
        return NULL;
    }
    PyObject *inputs = open_inputs(self->state, places, kwargs);
    if (inputs == NULL) {
        add_note(name, path);
    }
    int result = inputs != NULL ? take_inputs(self, inputs) : -1;
    Py_XDECREF(path);
    Py_DECREF(places);
    Py_XDECREF(inputs);
    return result < 0 ? NULL : Py_NewRef(Py_None);
}
