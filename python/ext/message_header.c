/* SPDX-License-Identifier: Apache-2.0 */
/* The header of a message: attributes, and its line of text. */
#include "message.h"

#include "base/timestamp.h"
#include "message/registry.h"

static nmpy_message *
of(PyObject *self)
{
    return (nmpy_message *)self;
}

static int
refuse_delete(PyObject *value, const char *name)
{
    if (value == NULL) {
        PyErr_Format(PyExc_AttributeError, "attribute %s cannot be deleted", name);
        return -1;
    }
    return 0;
}

static PyObject *
get_vid(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromUnsignedLong(of(self)->vendor);
}

static PyObject *
get_msgtype(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromUnsignedLong(of(self)->type);
}

static PyObject *
get_vname(PyObject *self, void *closure)
{
    (void)closure;
    const char *name = nm_registry_vendor_name(of(self)->vendor);
    return PyUnicode_FromString(name != NULL ? name : "(unknown)");
}

static PyObject *
get_mname(PyObject *self, void *closure)
{
    (void)closure;
    const nmpy_schema *schema = of(self)->schema;
    return PyUnicode_FromString(schema != NULL ? schema->schema->name : "(unknown)");
}

/* -- time -- */

static PyObject *
get_time_sec(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromLongLong(of(self)->time_sec);
}

static int
set_time_sec(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    if (refuse_delete(value, "time_sec") < 0) {
        return -1;
    }
    long long sec = PyLong_AsLongLong(value);
    if (sec == -1 && PyErr_Occurred()) {
        return -1;
    }
    if (of(self)->is_time_default) {
        of(self)->time_nsec = 0; /* The nanoseconds of the making belong to another second. */
        of(self)->is_time_default = false;
    }
    of(self)->time_sec = sec;
    return 0;
}

static PyObject *
get_time_nsec(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromUnsignedLong(of(self)->time_nsec);
}

static int
set_time_nsec(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    uint32_t nsec;
    if (refuse_delete(value, "time_nsec") < 0 || nmpy_u32_parse(value, "time_nsec", &nsec) < 0) {
        return -1;
    }
    of(self)->is_time_default = false;
    of(self)->time_nsec = nsec;
    return 0;
}

/* -- source, operator, group: three numbers of the same kind -- */

typedef struct header_number {
    const char *name;
    unsigned flag;
    size_t offset;
    size_t table; /* Of the names, in nmpy_state; 0: there are none. */
} header_number;

static const header_number source_number = {"source", NM_HAS_SOURCE, offsetof(nmpy_message, source),
                                            0};
static const header_number operator_number = {
    "operator", NM_HAS_OPERATOR, offsetof(nmpy_message, operator), offsetof(nmpy_state, operators)};
static const header_number group_number = {"group", NM_HAS_GROUP, offsetof(nmpy_message, group),
                                           offsetof(nmpy_state, groups)};

static uint32_t *
number_of(PyObject *self, const header_number *number)
{
    return (uint32_t *)(void *)((char *)self + number->offset);
}

static const nm_alias_table *
table_of(PyObject *self, const header_number *number)
{
    const char *state = (const char *)nmpy_message_state(self);
    return *(nm_alias_table *const *)(const void *)(state + number->table);
}

static PyObject *
get_source(PyObject *self, void *closure)
{
    return PyLong_FromUnsignedLong(*number_of(self, closure));
}

/* Its name, or the number; None when there is none or it is 0. */
static PyObject *
get_alias(PyObject *self, void *closure)
{
    uint32_t value = *number_of(self, closure);
    return value != 0 ? nmpy_alias_to_object(table_of(self, closure), value) : Py_NewRef(Py_None);
}

static int
set_number(PyObject *self, PyObject *value, void *closure)
{
    const header_number *number = closure;
    uint32_t wanted = 0;
    if (refuse_delete(value, number->name) < 0) {
        return -1;
    }
    if (number->flag == NM_HAS_SOURCE) {
        if (value != Py_None && nmpy_u32_parse(value, number->name, &wanted) < 0) {
            return -1;
        }
    } else if (nmpy_alias_parse(nmpy_message_state(self), value, number->name,
                                table_of(self, number), &wanted) < 0) {
        return -1;
    }
    *number_of(self, number) = wanted;
    of(self)->has =
        (uint8_t)(wanted != 0 ? of(self)->has | number->flag : of(self)->has & ~number->flag);
    return 0;
}

static PyObject *
get_has(PyObject *self, void *closure)
{
    return PyBool_FromLong(*number_of(self, closure) != 0);
}

static int
set_has(PyObject *self, PyObject *value, void *closure)
{
    const header_number *number = closure;
    if (refuse_delete(value, number->name) < 0) {
        return -1;
    }
    int truth = PyObject_IsTrue(value);
    if (truth == 0) {
        *number_of(self, number) = 0;
        of(self)->has = (uint8_t)(of(self)->has & ~number->flag);
    }
    return truth < 0 ? -1 : 0; /* Setting it is up to the number itself. */
}

/* -- payload -- */

static PyObject *
get_payload(PyObject *self, void *closure)
{
    (void)closure;
    nm_payload payload;
    nm_buffer scratch;
    nm_buffer_init(&scratch, INT32_MAX, &nm_allocator_heap);
    PyObject *octets = NULL;
    if (nmpy_message_payload(nmpy_message_state(self), self, &scratch, &payload) == 0) {
        octets = PyBytes_FromStringAndSize((const char *)payload.data.data,
                                           (Py_ssize_t)payload.data.len);
    }
    nm_buffer_clear(&scratch);
    return octets;
}

#define NUMBER(number) ((void *)(uintptr_t)&(number))

PyGetSetDef nmpy_message_getset[] = {
    {"vid", get_vid, NULL, "Vendor number.", NULL},
    {"msgtype", get_msgtype, NULL, "Number of the message type within its vendor.", NULL},
    {"vname", get_vname, NULL, "Name of the vendor, '(unknown)' if it has none.", NULL},
    {"mname", get_mname, NULL, "Name of the message type, '(unknown)' if it has none.", NULL},
    {"time_sec", get_time_sec, set_time_sec,
     "Seconds since 1970-01-01 UTC. A new message has the time of its making; setting the seconds\n"
     "of such a message sets the nanoseconds to 0.",
     NULL},
    {"time_nsec", get_time_nsec, set_time_nsec, "Nanoseconds of the time, an unsigned 32-bit int.",
     NULL},
    {"source", get_source, set_number, "Number of the source, 0 if none; 0 or None deletes it.",
     NUMBER(source_number)},
    {"operator", get_alias, set_number,
     "Operator: its name, or its number where the alias file has no name; None if none.\n"
     "Set as name or number; None deletes it.",
     NUMBER(operator_number)},
    {"group", get_alias, set_number, "Group: as operator.", NUMBER(group_number)},
    {"has_source", get_has, set_has, "Whether there is a source. False deletes it.",
     NUMBER(source_number)},
    {"has_operator", get_has, set_has, "Whether there is an operator. False deletes it.",
     NUMBER(operator_number)},
    {"has_group", get_has, set_has, "Whether there is a group. False deletes it.",
     NUMBER(group_number)},
    {"payload", get_payload, NULL, "The serialized message as bytes.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

/* -- the header as text -- */

static PyObject *
bracketed(PyObject *self, const char *attribute)
{
    PyObject *value = PyObject_GetAttrString(self, attribute);
    PyObject *text = NULL;
    if (value != NULL) {
        text = value == Py_None ? PyUnicode_FromString("") : PyObject_Str(value);
        Py_DECREF(value);
    }
    return text;
}

static PyObject *
header_text(PyObject *self)
{
    nmpy_message *m = of(self);
    char time[NM_TIMESTAMP_TEXT_MAX + 1];
    char source[16] = "";
    time[nm_timestamp_format(m->time_sec, m->time_nsec, time)] = '\0';
    if (m->source != 0) {
        PyOS_snprintf(source, sizeof source, "%08x", m->source);
    }
    PyObject *vname = get_vname(self, NULL);
    PyObject *mname = get_mname(self, NULL);
    PyObject *operator = bracketed(self, "operator");
    PyObject *group = bracketed(self, "group");
    PyObject *text = NULL;
    if (vname != NULL && mname != NULL && operator != NULL && group != NULL) {
        text = PyUnicode_FromFormat("[%s] [%u:%u %U %U] [%s] [%U] [%U] \n", time, m->vendor,
                                    m->type, vname, mname, source, operator, group);
    }
    Py_XDECREF(vname);
    Py_XDECREF(mname);
    Py_XDECREF(operator);
    Py_XDECREF(group);
    return text;
}

PyObject *
nmpy_print_header(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    nmpy_state *state = PyModule_GetState(module);
    if (nargs != 2) {
        PyErr_Format(PyExc_TypeError, "print_nmsg_header() takes 2 arguments (%zd given)", nargs);
        return NULL;
    }
    if (!PyObject_TypeCheck(args[0], state->message_type)) {
        PyErr_Format(PyExc_TypeError, "print_nmsg_header() takes a message, not %.100s",
                     Py_TYPE(args[0])->tp_name);
        return NULL;
    }
    PyObject *text = header_text(args[0]);
    PyObject *result = text != NULL ? PyObject_CallMethod(args[1], "write", "O", text) : NULL;
    Py_XDECREF(text);
    if (result == NULL) {
        return NULL;
    }
    Py_DECREF(result);
    Py_RETURN_NONE;
}
