/* SPDX-License-Identifier: Apache-2.0 */
/* m.fields: the mapping of a message as an object of its own, as pynmsg programs use it, and what
 * there is to know of the fields of its type. */
#include "message.h"

typedef struct view {
    PyObject_HEAD
    nmpy_message *message;
} view;

static PyObject *
message_of(PyObject *self)
{
    return (PyObject *)((view *)self)->message;
}

nmpy_message *
nmpy_message_of_fields(nmpy_state *state, PyObject *object)
{
    return Py_IS_TYPE(object, state->fields_type) ? ((view *)object)->message : NULL;
}

/* -- what the message does itself -- */

static PyObject *
fields_subscript(PyObject *self, PyObject *key)
{
    return nmpy_message_subscript(message_of(self), key);
}

static int
fields_ass_subscript(PyObject *self, PyObject *key, PyObject *value)
{
    return nmpy_message_ass_subscript(message_of(self), key, value);
}

static int
fields_contains(PyObject *self, PyObject *key)
{
    return nmpy_message_contains(message_of(self), key);
}

static Py_ssize_t
fields_length(PyObject *self)
{
    return nmpy_message_length(message_of(self));
}

static PyObject *
fields_iter(PyObject *self)
{
    return nmpy_message_iter(message_of(self));
}

PyDoc_STRVAR(get_doc, "get($self, key, default=None, /)\n--\n\n"
                      "fields[key] if there is such a field, else default.\n\n"
                      ">>> import nmsg\n"
                      ">>> nmsg.msgtype.base.ipconn(dstport=80).fields.get('srcport', 0)\n"
                      "0");

static PyObject *
fields_get(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    return nmpy_message_get(message_of(self), args, nargs);
}

PyDoc_STRVAR(update_doc, "update($self, other=(), /, **fields)\n--\n\n"
                         "As update() of the message: all, or none if one is refused.\n\n"
                         ">>> import nmsg\n"
                         ">>> m = nmsg.msgtype.base.ipconn()\n"
                         ">>> m.fields.update({'proto': 6}, dstport=80)\n"
                         ">>> m.fields\n"
                         "{'proto': 6, 'dstport': 80}");

static PyObject *
fields_update(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return nmpy_message_update(message_of(self), args, kwargs);
}

PyDoc_STRVAR(pop_doc, "pop($self, key, default=<unrepresentable>, /)\n--\n\n"
                      "Delete a field and return its value; without one default, or KeyError.\n\n"
                      ">>> import nmsg\n"
                      ">>> nmsg.msgtype.base.ipconn(dstport=80).fields.pop('dstport')\n"
                      "80");

static PyObject *
fields_pop(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    return nmpy_message_pop(message_of(self), args, nargs);
}

PyDoc_STRVAR(setdefault_doc,
             "setdefault($self, key, default=None, /)\n--\n\n"
             "fields[key] if there is such a field, else what it is after assigning default.\n\n"
             ">>> import nmsg\n"
             ">>> nmsg.msgtype.base.ipconn().fields.setdefault('dstport', 80)\n"
             "80");

static PyObject *
fields_setdefault(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    return nmpy_message_setdefault(message_of(self), args, nargs);
}

/* -- what only dicts have -- */

/* KeysView, ItemsView or ValuesView of the object. */
static PyObject *
live_view(PyObject *self, const char *class)
{
    PyObject *module = PyImport_ImportModule("collections.abc");
    PyObject *made = module != NULL ? PyObject_CallMethod(module, class, "O", self) : NULL;
    Py_XDECREF(module);
    return made;
}

PyDoc_STRVAR(keys_doc, "keys($self, /)\n--\n\n"
                       "The names as a live, set-like view.\n\n"
                       ">>> import nmsg\n"
                       ">>> list(nmsg.msgtype.base.ipconn(dstport=80, proto=6).fields.keys())\n"
                       "['proto', 'dstport']");

static PyObject *
fields_keys(PyObject *self, PyObject *unused)
{
    (void)unused;
    return live_view(self, "KeysView");
}

PyDoc_STRVAR(values_doc, "values($self, /)\n--\n\n"
                         "The values as a live view.\n\n"
                         ">>> import nmsg\n"
                         ">>> list(nmsg.msgtype.base.ipconn(dstport=80, proto=6).fields.values())\n"
                         "[6, 80]");

static PyObject *
fields_values(PyObject *self, PyObject *unused)
{
    (void)unused;
    return live_view(self, "ValuesView");
}

PyDoc_STRVAR(items_doc,
             "items($self, /)\n--\n\n"
             "Pairs of name and value as a live view; m.items() is a list, and faster.\n\n"
             ">>> import nmsg\n"
             ">>> list(nmsg.msgtype.base.ipconn(dstport=80).fields.items())\n"
             "[('dstport', 80)]");

static PyObject *
fields_items(PyObject *self, PyObject *unused)
{
    (void)unused;
    return live_view(self, "ItemsView");
}

PyDoc_STRVAR(copy_doc, "copy($self, /)\n--\n\n"
                       "The fields as a dict; its lists are still those of the message.\n\n"
                       ">>> import nmsg\n"
                       ">>> nmsg.msgtype.base.ipconn(dstport=80).fields.copy()\n"
                       "{'dstport': 80}");

static PyObject *
fields_copy(PyObject *self, PyObject *unused)
{
    (void)unused;
    return nmpy_message_as_dict(((view *)self)->message);
}

/* Names of the listed fields that can be deleted, as a new list. */
static PyObject *
settable_names(PyObject *self)
{
    nmpy_message *m = ((view *)self)->message;
    PyObject *names = nmpy_message_keys((PyObject *)m, /* unused= */ NULL);
    for (Py_ssize_t i = names != NULL ? PyList_GET_SIZE(names) : 0; i-- > 0;) {
        Py_ssize_t row = nmpy_message_row(m, PyList_GET_ITEM(names, i));
        if (row >= 0 && nmpy_message_is_computed(m, (size_t)row) &&
            PyList_SetSlice(names, i, i + 1, /* itemlist= */ NULL) < 0) {
            Py_CLEAR(names);
            break;
        }
    }
    return names;
}

PyDoc_STRVAR(popitem_doc, "popitem($self, /)\n--\n\n"
                          "Delete the last field and return its name and value; KeyError if there\n"
                          "is none. Fields that are computed do not count.\n\n"
                          ">>> import nmsg\n"
                          ">>> nmsg.msgtype.base.ipconn(proto=6, dstport=80).fields.popitem()\n"
                          "('dstport', 80)");

static PyObject *
fields_popitem(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyObject *names = settable_names(self);
    PyObject *pair = NULL;
    if (names != NULL && PyList_GET_SIZE(names) == 0) {
        PyErr_SetString(PyExc_KeyError, "popitem(): the message has no fields that can be set");
    } else if (names != NULL) {
        PyObject *name = PyList_GET_ITEM(names, PyList_GET_SIZE(names) - 1);
        PyObject *value = nmpy_message_pop(message_of(self), &name, 1);
        pair = value != NULL ? PyTuple_Pack(2, name, value) : NULL;
        Py_XDECREF(value);
    }
    Py_XDECREF(names);
    return pair;
}

PyDoc_STRVAR(clear_doc, "clear($self, /)\n--\n\n"
                        "Delete all fields that can be set.\n\n"
                        ">>> import nmsg\n"
                        ">>> m = nmsg.msgtype.base.ipconn(proto=6, dstport=80)\n"
                        ">>> m.fields.clear()\n"
                        ">>> m.fields\n"
                        "{}");

static PyObject *
fields_clear_method(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyObject *names = settable_names(self);
    int result = names != NULL ? 0 : -1;
    for (Py_ssize_t i = 0; result == 0 && i < PyList_GET_SIZE(names); i++) {
        result = PyObject_DelItem(message_of(self), PyList_GET_ITEM(names, i));
    }
    Py_XDECREF(names);
    return result == 0 ? Py_NewRef(Py_None) : NULL;
}

static PyObject *
fields_repr(PyObject *self)
{
    return nmpy_message_str(message_of(self));
}

/* The object to compare with as a dict: new reference; NULL without exception if it is none. */
static PyObject *
as_dict(nmpy_state *state, PyObject *object)
{
    nmpy_message *m = nmpy_message_of_fields(state, object);
    return m != NULL ? nmpy_message_as_dict(m) : PyDict_Check(object) ? Py_NewRef(object) : NULL;
}

static PyObject *
fields_richcompare(PyObject *self, PyObject *other, int operation)
{
    nmpy_state *state = nmpy_state_of(Py_TYPE(self));
    PyObject *mine = as_dict(state, self);
    PyObject *theirs = mine != NULL ? as_dict(state, other) : NULL;
    PyObject *result = NULL;
    if (theirs != NULL && (operation == Py_EQ || operation == Py_NE)) {
        result = PyObject_RichCompare(mine, theirs, operation);
    } else if (!PyErr_Occurred()) {
        result = Py_NewRef(Py_NotImplemented);
    }
    Py_XDECREF(mine);
    Py_XDECREF(theirs);
    return result;
}

/* Copies and pickles of it are dicts. */
static PyObject *
fields_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyObject *dict = nmpy_message_as_dict(((view *)self)->message);
    return dict != NULL ? Py_BuildValue("O(N)", &PyDict_Type, dict) : NULL;
}

/* -- the class -- */

static int
fields_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((view *)self)->message);
    return 0;
}

static void
fields_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_DECREF(((view *)self)->message);
    type->tp_free(self);
    Py_DECREF(type);
}

PyDoc_STRVAR(
    fields_doc,
    "The fields of a message, m.fields: a mutable mapping that is always what the message\n"
    "is now. What is set or appended here is written; what is assigned to the message is\n"
    "seen here. Rules and errors are those of the message itself; copies are dicts.\n\n"
    ">>> import nmsg\n"
    ">>> m = nmsg.msgtype.base.ipconn(dstport=80)\n"
    ">>> m.fields['proto'] = 6\n"
    ">>> m['proto'], m.fields == {'proto': 6, 'dstport': 80}\n"
    "(6, True)");

#define METHOD(function) ((PyCFunction)(void (*)(void))(function))

static PyMethodDef fields_methods[] = {
    {"keys", fields_keys, METH_NOARGS, keys_doc},
    {"values", fields_values, METH_NOARGS, values_doc},
    {"items", fields_items, METH_NOARGS, items_doc},
    {"get", METHOD(fields_get), METH_FASTCALL, get_doc},
    {"update", METHOD(fields_update), METH_VARARGS | METH_KEYWORDS, update_doc},
    {"pop", METHOD(fields_pop), METH_FASTCALL, pop_doc},
    {"popitem", fields_popitem, METH_NOARGS, popitem_doc},
    {"clear", fields_clear_method, METH_NOARGS, clear_doc},
    {"setdefault", METHOD(fields_setdefault), METH_FASTCALL, setdefault_doc},
    {"copy", fields_copy, METH_NOARGS, copy_doc},
    {"__reduce__", fields_reduce, METH_NOARGS, "__reduce__($self, /)\n--\n\nPickled as a dict."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot fields_slots[] = {
    {Py_tp_doc, (void *)fields_doc},
    {Py_tp_dealloc, NMPY_SLOT(fields_dealloc)},
    {Py_tp_traverse, NMPY_SLOT(fields_traverse)},
    {Py_tp_repr, NMPY_SLOT(fields_repr)},
    {Py_tp_iter, NMPY_SLOT(fields_iter)},
    {Py_tp_richcompare, NMPY_SLOT(fields_richcompare)},
    {Py_tp_hash, NMPY_SLOT(PyObject_HashNotImplemented)},
    {Py_tp_methods, fields_methods},
    {Py_mp_subscript, NMPY_SLOT(fields_subscript)},
    {Py_mp_ass_subscript, NMPY_SLOT(fields_ass_subscript)},
    {Py_mp_length, NMPY_SLOT(fields_length)},
    {Py_sq_contains, NMPY_SLOT(fields_contains)},
    {0, NULL},
};

static PyType_Spec fields_spec = {
    .name = "nmsg.message_fields",
    .basicsize = sizeof(view),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_MAPPING |
             Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = fields_slots,
};

static int
register_as_mapping(PyTypeObject *type)
{
    PyObject *module = PyImport_ImportModule("collections.abc");
    PyObject *base = module != NULL ? PyObject_GetAttrString(module, "MutableMapping") : NULL;
    PyObject *done = base != NULL ? PyObject_CallMethod(base, "register", "O", type) : NULL;
    Py_XDECREF(module);
    Py_XDECREF(base);
    Py_XDECREF(done);
    return done != NULL ? 0 : -1;
}

int
nmpy_message_fields_init(PyObject *module, nmpy_state *state)
{
    state->fields_type =
        (PyTypeObject *)PyType_FromModuleAndSpec(module, &fields_spec, /* bases= */ NULL);
    if (state->fields_type == NULL || PyModule_AddType(module, state->fields_type) < 0) {
        return -1;
    }
    return register_as_mapping(state->fields_type);
}

/* -- attributes of the message -- */

PyObject *
nmpy_message_get_fields(PyObject *self, void *closure)
{
    (void)closure;
    view *v = PyObject_GC_New(view, nmpy_message_state(self)->fields_type);
    if (v != NULL) {
        v->message = (nmpy_message *)Py_NewRef(self);
        PyObject_GC_Track(v);
    }
    return (PyObject *)v;
}

PyObject *
nmpy_message_get_field_types(PyObject *self, void *closure)
{
    (void)closure;
    nmpy_message *m = (nmpy_message *)self;
    PyObject *types = PyDict_New();
    for (size_t row = 0; types != NULL && row < nmpy_message_row_count(m); row++) {
        PyObject *number = PyLong_FromLong(m->schema->types[row]);
        if (number == NULL || PyDict_SetItem(types, m->schema->names[row], number) < 0) {
            Py_CLEAR(types);
        }
        Py_XDECREF(number);
    }
    return types;
}

PyObject *
nmpy_message_get_field_names(PyObject *self, void *closure)
{
    (void)closure;
    nmpy_message *m = (nmpy_message *)self;
    return PySet_New(m->schema != NULL ? m->schema->rows : NULL);
}
