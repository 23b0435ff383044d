/* SPDX-License-Identifier: Apache-2.0 */
/* nmsg.msgmod: numbers and names of vendors, message types, operators and groups. */
#include "module.h"

#include "base/address.h"
#include "message/registry.h"

typedef struct nmpy_msgmod {
    PyObject_HEAD
    const nm_schema *schema;
} nmpy_msgmod;

/* The octets of a str. @return 0, or -1 with an exception set. */
static int
name_parse(PyObject *object, const char *what, nm_span *out)
{
    Py_ssize_t len;
    if (!PyUnicode_Check(object)) {
        PyErr_Format(PyExc_TypeError, "%s is a str, not %.100s", what, Py_TYPE(object)->tp_name);
        return -1;
    }
    const char *text = PyUnicode_AsUTF8AndSize(object, &len);
    if (text == NULL) {
        return -1;
    }
    *out = nm_span_of(text, (size_t)len);
    return 0;
}

static PyObject *
raise(PyObject *class, const char *text)
{
    PyErr_SetString(nmpy_state_of((PyTypeObject *)class)->error, text);
    return NULL;
}

/* Two arguments. */
static bool
check_count(const char *name, Py_ssize_t nargs)
{
    if (nargs != 2) {
        PyErr_Format(PyExc_TypeError, "%s() takes 2 arguments (%zd given)", name, nargs);
    }
    return nargs == 2;
}

/* -- vendors and types -- */

PyDoc_STRVAR(vid_to_vname_doc, "vid_to_vname($type, vid, /)\n--\n\n"
                               "Name of a vendor. nmsg.Error when the number has none.\n\n"
                               ">>> import nmsg\n"
                               ">>> nmsg.msgmod.vid_to_vname(2)\n"
                               "'SIE'");

static PyObject *
vid_to_vname(PyObject *class, PyObject *number)
{
    uint32_t vid;
    if (nmpy_u32_parse(number, "vid", &vid) < 0) {
        return NULL;
    }
    const char *name = nm_registry_vendor_name(vid);
    return name != NULL ? PyUnicode_FromString(name) : raise(class, "unknown vendor ID");
}

PyDoc_STRVAR(vname_to_vid_doc,
             "vname_to_vid($type, vname, /)\n--\n\n"
             "Number of a vendor; case is ignored, and 'isc' is the old name of 'base'.\n"
             "nmsg.Error when there is no such vendor.\n\n"
             ">>> import nmsg\n"
             ">>> nmsg.msgmod.vname_to_vid('sie')\n"
             "2");

static PyObject *
vname_to_vid(PyObject *class, PyObject *object)
{
    nm_span name;
    if (name_parse(object, "vname", &name) < 0) {
        return NULL;
    }
    uint32_t vid = nm_registry_vendor_number(name);
    return vid != 0 ? PyLong_FromUnsignedLong(vid) : raise(class, "unknown vendor name");
}

PyDoc_STRVAR(msgtype_to_mname_doc,
             "msgtype_to_mname($type, vid, msgtype, /)\n--\n\n"
             "Name of a vendor's message type. nmsg.Error when the numbers have none.\n\n"
             ">>> import nmsg\n"
             ">>> nmsg.msgmod.msgtype_to_mname(1, 4)\n"
             "'http'");

static PyObject *
msgtype_to_mname(PyObject *class, PyObject *const *args, Py_ssize_t nargs)
{
    uint32_t vid;
    uint32_t type;
    if (!check_count("msgtype_to_mname", nargs) || nmpy_u32_parse(args[0], "vid", &vid) < 0 ||
        nmpy_u32_parse(args[1], "msgtype", &type) < 0) {
        return NULL;
    }
    const nm_schema *schema = nm_registry_find(vid, type);
    return schema != NULL ? PyUnicode_FromString(schema->name)
                          : raise(class, "unknown message type");
}

PyDoc_STRVAR(
    mname_to_msgtype_doc,
    "mname_to_msgtype($type, vid, mname, /)\n--\n\n"
    "Number of a vendor's message type; case is ignored. nmsg.Error when there is none.\n\n"
    ">>> import nmsg\n"
    ">>> nmsg.msgmod.mname_to_msgtype(1, 'http')\n"
    "4");

static PyObject *
mname_to_msgtype(PyObject *class, PyObject *const *args, Py_ssize_t nargs)
{
    uint32_t vid;
    nm_span name;
    if (!check_count("mname_to_msgtype", nargs) || nmpy_u32_parse(args[0], "vid", &vid) < 0 ||
        name_parse(args[1], "mname", &name) < 0) {
        return NULL;
    }
    const nm_schema *schema = nm_registry_find_name(vid, name);
    return schema != NULL ? PyLong_FromUnsignedLong(schema->type)
                          : raise(class, "unknown vendor ID or message type name");
}

PyDoc_STRVAR(get_max_msgtype_doc,
             "get_max_msgtype($type, vid, /)\n--\n\n"
             "Highest number of a vendor's message types. nmsg.Error for an unknown vendor.\n\n"
             ">>> import nmsg\n"
             ">>> nmsg.msgmod.get_max_msgtype(2) >= 5\n"
             "True");

static PyObject *
get_max_msgtype(PyObject *class, PyObject *number)
{
    uint32_t vid;
    uint32_t largest = 0;
    if (nmpy_u32_parse(number, "vid", &vid) < 0) {
        return NULL;
    }
    if (nm_registry_vendor_name(vid) == NULL) {
        return raise(class, "unknown vendor ID");
    }
    for (size_t i = 0; i < nm_registry_schema_count(); i++) {
        const nm_schema *schema = nm_registry_schema(i);
        if (schema->vendor == vid && schema->type > largest) {
            largest = schema->type;
        }
    }
    return PyLong_FromUnsignedLong(largest);
}

/* -- aliases -- */

/* Number of the operator or group called so. */
static PyObject *
alias_number(PyObject *class, PyObject *name, const char *what, const nm_alias_table *table)
{
    nmpy_state *state = nmpy_state_of((PyTypeObject *)class);
    uint32_t number;
    if (!PyUnicode_Check(name)) {
        PyErr_Format(PyExc_TypeError, "the %s is a str, not %.100s", what, Py_TYPE(name)->tp_name);
        return NULL;
    }
    return nmpy_alias_parse(state, name, what, table, &number) < 0
               ? NULL
               : PyLong_FromUnsignedLong(number);
}

PyDoc_STRVAR(oname_to_oid_doc,
             "oname_to_oid($type, oname, /)\n--\n\n"
             "Number of an operator, by the alias file nmsg.opalias; case is ignored.\n"
             "nmsg.Error when there is no such operator.\n\n"
             ">>> import nmsg\n"
             ">>> nmsg.msgmod.oname_to_oid('no such name')\n"
             "Traceback (most recent call last):\n"
             "nmsg.Error: unknown operator name: no such name");

static PyObject *
oname_to_oid(PyObject *class, PyObject *name)
{
    nmpy_state *state = nmpy_state_of((PyTypeObject *)class);
    return alias_number(class, name, "operator", state->operators);
}

PyDoc_STRVAR(grname_to_grid_doc,
             "grname_to_grid($type, grname, /)\n--\n\n"
             "Number of a group, by the alias file nmsg.gralias; case is ignored.\n"
             "nmsg.Error when there is no such group.\n\n"
             ">>> import nmsg\n"
             ">>> nmsg.msgmod.grname_to_grid('no such name')\n"
             "Traceback (most recent call last):\n"
             "nmsg.Error: unknown group name: no such name");

static PyObject *
grname_to_grid(PyObject *class, PyObject *name)
{
    nmpy_state *state = nmpy_state_of((PyTypeObject *)class);
    return alias_number(class, name, "group", state->groups);
}

/* -- the object -- */

static PyObject *
msgmod_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"vid", "msgtype", NULL};
    nmpy_state *state = nmpy_state_of(type);
    PyObject *vendor;
    PyObject *number;
    uint32_t vid;
    uint32_t msgtype;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO:msgmod", keywords, &vendor, &number) ||
        nmpy_u32_parse(vendor, "vid", &vid) < 0 ||
        nmpy_u32_parse(number, "msgtype", &msgtype) < 0) {
        return NULL;
    }
    const nm_schema *schema = nm_registry_find(vid, msgtype);
    if (schema == NULL) {
        PyErr_SetString(state->error, "nmsg_msgmod_lookup() failed");
        return NULL;
    }
    nmpy_msgmod *self = (nmpy_msgmod *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->schema = schema;
    }
    return (PyObject *)self;
}

static void
msgmod_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *
msgmod_str(PyObject *self)
{
    const nm_schema *schema = ((nmpy_msgmod *)self)->schema;
    return PyUnicode_FromFormat("[%u:%u %s %s] message module", (unsigned)schema->vendor,
                                (unsigned)schema->type, nm_registry_vendor_name(schema->vendor),
                                schema->name);
}

#define FASTCALL(function) ((PyCFunction)(void (*)(void))(function))

static PyMethodDef msgmod_methods[] = {
    {"vid_to_vname", vid_to_vname, METH_CLASS | METH_O, vid_to_vname_doc},
    {"vname_to_vid", vname_to_vid, METH_CLASS | METH_O, vname_to_vid_doc},
    {"msgtype_to_mname", FASTCALL(msgtype_to_mname), METH_CLASS | METH_FASTCALL,
     msgtype_to_mname_doc},
    {"mname_to_msgtype", FASTCALL(mname_to_msgtype), METH_CLASS | METH_FASTCALL,
     mname_to_msgtype_doc},
    {"get_max_msgtype", get_max_msgtype, METH_CLASS | METH_O, get_max_msgtype_doc},
    {"oname_to_oid", oname_to_oid, METH_CLASS | METH_O, oname_to_oid_doc},
    {"grname_to_grid", grname_to_grid, METH_CLASS | METH_O, grname_to_grid_doc},
    {NULL, NULL, 0, NULL},
};

PyDoc_STRVAR(
    msgmod_doc,
    "msgmod(vid, msgtype)\n--\n\n"
    "A message type that is known here, by its numbers; its methods, which need no object,\n"
    "turn numbers into names and back. nmsg.Error for an unknown type.\n\n"
    ">>> import nmsg\n"
    ">>> print(nmsg.msgmod(1, 4))\n"
    "[1:4 base http] message module");

static PyType_Slot msgmod_slots[] = {
    {Py_tp_doc, (void *)msgmod_doc},
    {Py_tp_new, NMPY_SLOT(msgmod_new)},
    {Py_tp_dealloc, NMPY_SLOT(msgmod_dealloc)},
    {Py_tp_str, NMPY_SLOT(msgmod_str)},
    {Py_tp_methods, msgmod_methods},
    {0, NULL},
};

static PyType_Spec msgmod_spec = {
    .name = "nmsg.msgmod",
    .basicsize = sizeof(nmpy_msgmod),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = msgmod_slots,
};

int
nmpy_msgmod_init(PyObject *module, nmpy_state *state)
{
    state->msgmod_type =
        (PyTypeObject *)PyType_FromModuleAndSpec(module, &msgmod_spec, /* bases= */ NULL);
    return state->msgmod_type != NULL ? PyModule_AddType(module, state->msgmod_type) : -1;
}

/* -- addresses -- */

const char nmpy_ip_pton_doc[] =
    PyDoc_STR("ip_pton(ip, /)\n--\n\n"
              "The 4 octets of an IPv4 or 16 octets of an IPv6 address given as text.\n"
              "nmsg.AddressError, an OSError, for other text.\n\n"
              ">>> import nmsg\n"
              ">>> nmsg.ip_pton('192.0.2.1')\n"
              "b'\\xc0\\x00\\x02\\x01'");

PyObject *
nmpy_ip_pton(PyObject *module, PyObject *ip)
{
    nmpy_state *state = PyModule_GetState(module);
    nm_span text;
    uint8_t address[NM_IPV6_LEN];
    if (name_parse(ip, "ip", &text) < 0) {
        return NULL;
    }
    size_t len = nm_address_parse(text, address);
    if (len == 0) {
        PyErr_SetString(state->address_error, "illegal IP address string passed to inet_pton");
        return NULL;
    }
    return PyBytes_FromStringAndSize((const char *)address, (Py_ssize_t)len);
}
