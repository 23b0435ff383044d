/* SPDX-License-Identifier: Apache-2.0 */
/* nmsg.types() and nmsg.describe(): which message types there are. */
#include "types.h"

#include "base/ascii.h"
#include "message/registry.h"

/* -- types() -- */

/* Names of the types of a vendor, of all for 0. */
static PyObject *
type_names(uint32_t vendor)
{
    PyObject *names = PyList_New(0);
    for (size_t i = 0; names != NULL && i < nm_registry_schema_count(); i++) {
        const nm_schema *schema = nm_registry_schema(i);
        if (vendor != 0 && schema->vendor != vendor) {
            continue;
        }
        PyObject *name = nmpy_type_name(schema);
        if (name == NULL || PyList_Append(names, name) < 0) {
            Py_CLEAR(names);
        }
        Py_XDECREF(name);
    }
    return names;
}

const char nmpy_types_doc[] =
    PyDoc_STR("types()\n--\n\n"
              "Names of all message types that are known, a list of 'vendor:type' in the order of\n"
              "their numbers.\n\n"
              ">>> import nmsg\n"
              ">>> nmsg.types()[:3]\n"
              "['base:ncap', 'base:email', 'base:linkpair']");

PyObject *
nmpy_types(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    return type_names(/* vendor= */ 0);
}

/* -- describe() -- */

/* Say that there is no such type, and what there is: of the vendor, if that has any. */
static void
raise_unknown(nmpy_state *state, PyObject *what, uint32_t vendor)
{
    PyObject *names = type_names(vendor);
    if (names != NULL && PyList_GET_SIZE(names) == 0) {
        Py_SETREF(names, type_names(/* vendor= */ 0));
    }
    PyObject *comma = PyUnicode_FromString(", ");
    PyObject *joined = names != NULL && comma != NULL ? PyUnicode_Join(comma, names) : NULL;
    if (joined != NULL) {
        PyErr_Format(state->error, "no message type %R; there are %U", what, joined);
    }
    Py_XDECREF(names);
    Py_XDECREF(comma);
    Py_XDECREF(joined);
}

static const nm_schema *
find_by_name(nmpy_state *state, PyObject *name)
{
    Py_ssize_t len;
    const char *text = PyUnicode_AsUTF8AndSize(name, &len);
    if (text == NULL) {
        return NULL;
    }
    const char *colon = memchr(text, ':', (size_t)len);
    const nm_schema *schema = NULL;
    uint32_t vendor = 0;
    if (colon != NULL) {
        const char *end = text + len;
        vendor = nm_registry_vendor_number(nm_span_of(text, (size_t)(colon - text)));
        schema = nm_registry_find_name(vendor, nm_span_of(colon + 1, (size_t)(end - colon - 1)));
    }
    if (schema == NULL) {
        raise_unknown(state, name, vendor);
    }
    return schema;
}

/* The type that a class of messages stands for, or a message is of. */
static const nm_schema *
find_by_class(nmpy_state *state, PyTypeObject *class)
{
    for (size_t i = 0; i < nm_registry_schema_count(); i++) {
        if (PyType_IsSubtype(class, state->schemas[i].type)) {
            return state->schemas[i].schema;
        }
    }
    return NULL;
}

static const nm_schema *
find(nmpy_state *state, PyObject *what)
{
    const nm_schema *schema = NULL;
    if (PyUnicode_Check(what)) {
        return find_by_name(state, what);
    }
    if (PyType_Check(what)) {
        schema = find_by_class(state, (PyTypeObject *)what);
    } else if (PyObject_TypeCheck(what, state->message_type)) {
        schema = nmpy_message_schema(what);
    } else {
        PyErr_Format(PyExc_TypeError,
                     "describe() takes 'vendor:type', a class of messages or a message, not %.100s",
                     Py_TYPE(what)->tp_name);
        return NULL;
    }
    if (schema == NULL) {
        raise_unknown(state, what, /* vendor= */ 0);
    }
    return schema;
}

const char nmpy_describe_doc[] =
    PyDoc_STR("describe(type, /)\n--\n\n"
              "What there is to know about a message type, as nmsg.type_info: its names, numbers\n"
              "and fields.\n\n"
              "type: 'vendor:type' (case does not count), a class of messages, or a message.\n"
              "Raises nmsg.Error, which names what there is, for a type that is not known.\n\n"
              ">>> import nmsg\n"
              ">>> info = nmsg.describe('base:http')\n"
              ">>> info.vid, info.msgtype, len(info.fields)\n"
              "(1, 4, 18)\n"
              ">>> {f.name: f.type_name for f in info.fields if f.required}\n"
              "{'type': 'enum'}");

PyObject *
nmpy_describe(PyObject *module, PyObject *what)
{
    nmpy_state *state = PyModule_GetState(module);
    const nm_schema *schema = find(state, what);
    return schema != NULL ? nmpy_type_info_new(state, schema) : NULL;
}

int
nmpy_types_init(PyObject *module, nmpy_state *state)
{
    return nmpy_field_info_init(module, state) < 0 ? -1 : nmpy_type_info_init(module, state);
}
