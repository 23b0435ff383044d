/* SPDX-License-Identifier: Apache-2.0 */
/* The attributes of a message, most of them its header, and the header as a line of text. */
#include "message.h"

#include "base/timestamp.h"
#include "message/registry.h"

static nmpy_message *
of(PyObject *self)
{
    return (nmpy_message *)self;
}

int
nmpy_refuse_delete(PyObject *value, const char *name)
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

/* Its name as str, or the number; None when there is none or it is 0. */
static PyObject *
alias_of(PyObject *self, const header_number *number)
{
    uint32_t value = *number_of(self, number);
    return value != 0 ? nmpy_alias_to_object(table_of(self, number), value) : Py_NewRef(Py_None);
}

/* As alias_of(); names are bytes where text is. */
static PyObject *
get_alias(PyObject *self, void *closure)
{
    PyObject *alias = alias_of(self, closure);
    if (alias != NULL && PyUnicode_Check(alias) && of(self)->strings_are_bytes) {
        Py_SETREF(alias, PyUnicode_AsEncodedString(alias, "utf-8", "surrogateescape"));
    }
    return alias;
}

static int
set_number(PyObject *self, PyObject *value, void *closure)
{
    const header_number *number = closure;
    uint32_t wanted = 0;
    if (nmpy_refuse_delete(value, number->name) < 0) {
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
    if (nmpy_refuse_delete(value, number->name) < 0) {
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

PyDoc_STRVAR(vid_doc, "Vendor number, an int.\n\n"
                      ">>> import nmsg\n"
                      ">>> nmsg.msgtype.sie.dnsdedupe().vid\n"
                      "2");
PyDoc_STRVAR(msgtype_doc, "Number of the message type within its vendor, an int.\n\n"
                          ">>> import nmsg\n"
                          ">>> nmsg.msgtype.base.http().msgtype\n"
                          "4");
PyDoc_STRVAR(vname_doc, "Name of the vendor, '(unknown)' if it has none.\n\n"
                        ">>> import nmsg\n"
                        ">>> nmsg.msgtype.sie.dnsdedupe().vname\n"
                        "'SIE'");
PyDoc_STRVAR(mname_doc, "Name of the message type, '(unknown)' if it has none.\n\n"
                        ">>> import nmsg\n"
                        ">>> nmsg.message(1, 4).mname\n"
                        "'http'");
PyDoc_STRVAR(
    time_doc,
    "Time of the message, an aware datetime in UTC; takes any aware datetime.\n\n"
    "Microseconds: further digits are in time_ns. Getting raises OverflowError outside the\n"
    "years 1 to 9999. Setting raises ValueError for a naive datetime, TypeError for\n"
    "anything else. A new message has the time of its making.\n\n"
    ">>> import nmsg, datetime\n"
    ">>> m = nmsg.msgtype.base.http()\n"
    ">>> m.time = datetime.datetime(2024, 5, 6, tzinfo=datetime.timezone.utc)\n"
    ">>> m.time.isoformat(), m.time_sec\n"
    "('2024-05-06T00:00:00+00:00', 1714953600)");
PyDoc_STRVAR(time_ns_doc,
             "Nanoseconds since 1970-01-01 UTC, an int without limits of its own.\n\n"
             "time_sec * 10**9 + time_nsec; setting it sets both. Raises OverflowError where the\n"
             "seconds do not fit 64 bits.\n\n"
             ">>> import nmsg\n"
             ">>> m = nmsg.msgtype.base.http()\n"
             ">>> m.time_ns = 1714953600123456789\n"
             ">>> m.time_sec, m.time_nsec\n"
             "(1714953600, 123456789)");
PyDoc_STRVAR(time_sec_doc,
             "Seconds since 1970-01-01 UTC, an int of 64 bits. A new message has the time of its\n"
             "making; setting the seconds of such a message sets the nanoseconds to 0.\n\n"
             ">>> import nmsg\n"
             ">>> m = nmsg.msgtype.base.http()\n"
             ">>> m.time_sec = 1714953600\n"
             ">>> m.time_nsec\n"
             "0");
PyDoc_STRVAR(
    time_nsec_doc,
    "Nanoseconds of the time, an unsigned int of 32 bits. Below 10**9 as a rule, but what\n"
    "came is kept.\n\n"
    ">>> import nmsg\n"
    ">>> m = nmsg.msgtype.base.http()\n"
    ">>> m.time_nsec = 5\n"
    ">>> m.time_ns % 10**9\n"
    "5");
PyDoc_STRVAR(source_doc, "Number of the source, 0 if none; setting 0 or None deletes it.\n\n"
                         ">>> import nmsg\n"
                         ">>> m = nmsg.msgtype.base.http()\n"
                         ">>> m.source = 0xa1\n"
                         ">>> m.source, m.has_source\n"
                         "(161, True)");
PyDoc_STRVAR(
    operator_doc,
    "Operator: its name, or its number where the alias file has no name; None if none.\n"
    "A str, or bytes where text fields are. Set as name (either) or number; None deletes it.\n"
    "Raises nmsg.Error for an unknown name.\n\n"
    ">>> import nmsg\n"
    ">>> m = nmsg.msgtype.base.http()\n"
    ">>> m.operator, m.has_operator\n"
    "(None, False)");
PyDoc_STRVAR(
    group_doc,
    "Group: its name, or its number where the alias file has no name; None if none.\n"
    "A str, or bytes where text fields are. Set as name (either) or number; None deletes it.\n"
    "Raises nmsg.Error for an unknown name.\n\n"
    ">>> import nmsg\n"
    ">>> m = nmsg.msgtype.base.http()\n"
    ">>> m.group, m.has_group\n"
    "(None, False)");
PyDoc_STRVAR(
    payload_doc,
    "The serialized message as bytes, changes included; read-only. What no field shows is\n"
    "in it, too. Raises what assigning raises if a list holds what its field does not take.\n\n"
    ">>> import nmsg\n"
    ">>> nmsg.msgtype.base.ipconn(dstport=80).payload\n"
    "b'(P'");
PyDoc_STRVAR(
    fields_doc,
    "The fields as a live mapping, nmsg.message_fields: what is set through it is written.\n\n"
    ">>> import nmsg\n"
    ">>> m = nmsg.msgtype.base.ipconn()\n"
    ">>> m.fields['dstport'] = 80\n"
    ">>> m['dstport'], m.fields\n"
    "(80, {'dstport': 80})");
PyDoc_STRVAR(
    field_types_doc,
    "All fields of the type with the numbers of their plain types, a new dict: 0 enum,\n"
    "1 bytes, 2 string, 3 mlstring, 4 ip, 5 uint16, 6 uint32, 7 uint64, 8 int16, 9 int32,\n"
    "10 int64, 11 double, 12 bool. nmsg.describe() tells more.\n\n"
    ">>> import nmsg\n"
    ">>> nmsg.msgtype.base.ipconn().field_types['srcip']\n"
    "4");
PyDoc_STRVAR(field_names_doc, "Names of all fields of the type, a new set of str.\n\n"
                              ">>> import nmsg\n"
                              ">>> sorted(nmsg.msgtype.base.pkt().field_names)\n"
                              "['len_frame', 'payload']");

#define HAS_DOC(name)                                                                              \
    "Whether there is a " name ", a bool. Setting it to False deletes the " name "; True does\n"   \
    "nothing: set the " name " itself.\n\n"                                                        \
    ">>> import nmsg\n"                                                                            \
    ">>> nmsg.msgtype.base.http().has_" name "\n"                                                  \
    "False"

PyGetSetDef nmpy_message_getset[] = {
    {"vid", get_vid, NULL, vid_doc, NULL},
    {"msgtype", get_msgtype, NULL, msgtype_doc, NULL},
    {"vname", get_vname, NULL, vname_doc, NULL},
    {"mname", get_mname, NULL, mname_doc, NULL},
    {"time", nmpy_message_get_time, nmpy_message_set_time, time_doc, NULL},
    {"time_ns", nmpy_message_get_time_ns, nmpy_message_set_time_ns, time_ns_doc, NULL},
    {"time_sec", nmpy_message_get_time_sec, nmpy_message_set_time_sec, time_sec_doc, NULL},
    {"time_nsec", nmpy_message_get_time_nsec, nmpy_message_set_time_nsec, time_nsec_doc, NULL},
    {"source", get_source, set_number, source_doc, NUMBER(source_number)},
    {"operator", get_alias, set_number, operator_doc, NUMBER(operator_number)},
    {"group", get_alias, set_number, group_doc, NUMBER(group_number)},
    {"has_source", get_has, set_has, HAS_DOC("source"), NUMBER(source_number)},
    {"has_operator", get_has, set_has, HAS_DOC("operator"), NUMBER(operator_number)},
    {"has_group", get_has, set_has, HAS_DOC("group"), NUMBER(group_number)},
    {"payload", get_payload, NULL, payload_doc, NULL},
    {"fields", nmpy_message_get_fields, NULL, fields_doc, NULL},
    {"field_types", nmpy_message_get_field_types, NULL, field_types_doc, NULL},
    {"field_names", nmpy_message_get_field_names, NULL, field_names_doc, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

/* -- the header as text -- */

/* What stands between brackets: nothing where there is none. */
static PyObject *
alias_text(PyObject *self, const header_number *number)
{
    PyObject *alias = alias_of(self, number);
    if (alias != NULL) {
        Py_SETREF(alias, alias == Py_None ? PyUnicode_FromString("") : PyObject_Str(alias));
    }
    return alias;
}

PyObject *
nmpy_message_header_text(PyObject *self)
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
    PyObject *operator = alias_text(self, &operator_number);
    PyObject *group = alias_text(self, &group_number);
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
    PyObject *text = nmpy_message_header_text(args[0]);
    PyObject *result = text != NULL ? PyObject_CallMethod(args[1], "write", "O", text) : NULL;
    Py_XDECREF(text);
    if (result == NULL) {
        return NULL;
    }
    Py_DECREF(result);
    Py_RETURN_NONE;
}
