/* SPDX-License-Identifier: Apache-2.0 */
/* The module nmsg._nmsg: its state and the functions that belong to no class. */
#include "module.h"
#include "input_async.h"
#include "input_batch.h"

#include "io/os.h"

nmpy_state *
nmpy_state_of(PyTypeObject *type)
{
    PyObject *module = PyType_GetModuleByDef(type, &nmpy_module_def);
    return PyModule_GetState(module); /* Only asked for types made by this module. */
}

PyDoc_STRVAR(print_header_doc,
             "print_nmsg_header(m, out, /)\n--\n\n"
             "Write the header of a message to out.write() as a line of text:\n"
             "[time, UTC] [vid:msgtype vendor type] [source] [operator] [group]\n\n"
             "Raises TypeError unless m is a message, and what out.write() raises.\n\n"
             ">>> import nmsg, sys\n"
             ">>> m = nmsg.msgtype.base.http()\n"
             ">>> m.time_ns, m.source = 0, 0xa1\n"
             ">>> nmsg.print_nmsg_header(m, sys.stdout)\n"
             "[1970-01-01 00:00:00.000000000] [1:4 base http] [000000a1] [] []");

PyDoc_STRVAR(
    set_default_strings_doc,
    "set_default_strings(kind, /)\n--\n\n"
    "What string fields are in messages made and inputs opened from now on: 'str' (UTF-8,\n"
    "other octets as surrogates), or 'bytes'. The environment variable NMSG_STRINGS sets\n"
    "it for a whole program. Raises ValueError for anything else.\n\n"
    ">>> import nmsg\n"
    ">>> nmsg.set_default_strings('bytes')\n"
    ">>> nmsg.msgtype.base.logline(message='x')['message']\n"
    "b'x'\n"
    ">>> nmsg.set_default_strings('str')");

static PyObject *
set_default_strings(PyObject *module, PyObject *kind)
{
    nmpy_state *state = PyModule_GetState(module);
    if (kind == Py_None) {
        PyErr_SetString(PyExc_ValueError, "strings is 'str' or 'bytes', not None");
        return NULL;
    }
    if (nmpy_strings_parse(state, kind, &state->strings_are_bytes) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

PyDoc_STRVAR(restore_message_doc, "restore_message(class, header, octets, changes, /)\n--\n\n"
                                  "What pickles of messages call; not for programs.");

static PyMethodDef module_methods[] = {
    {"_open_input", (PyCFunction)(void (*)(void))nmpy_open_input, METH_VARARGS | METH_KEYWORDS,
     "For nmsg.open()."},
    {"_open_capture", nmpy_open_capture, METH_VARARGS, "For nmsg.capture()."},
    {"_open_output", (PyCFunction)(void (*)(void))nmpy_open_output, METH_VARARGS | METH_KEYWORDS,
     "For nmsg.open()."},
    {"_channel_endpoints", nmpy_channel_endpoints, METH_O, "For nmsg.open()."},
    {"_partitions", nmpy_partitions, METH_VARARGS, "For nmsg.partitions()."},
    {"describe", nmpy_describe, METH_O, nmpy_describe_doc},
    {"ip_pton", nmpy_ip_pton, METH_O, nmpy_ip_pton_doc},
    {"print_nmsg_header", (PyCFunction)(void (*)(void))nmpy_print_header, METH_FASTCALL,
     print_header_doc},
    {"restore_message", nmpy_restore_message, METH_VARARGS, restore_message_doc},
    {"set_default_strings", set_default_strings, METH_O, set_default_strings_doc},
    {"types", nmpy_types, METH_NOARGS, nmpy_types_doc},
    {NULL, NULL, 0, NULL},
};

/* -- what is buffered goes out at the end -- */

static PyMethodDef flush_all_def = {"flush_open_outputs", nmpy_flush_all, METH_NOARGS,
                                    "Send what open outputs hold."};

static int
register_exit(PyObject *module)
{
    PyObject *atexit = PyImport_ImportModule("atexit");
    PyObject *function = PyCFunction_New(&flush_all_def, module);
    PyObject *result = atexit != NULL && function != NULL
                           ? PyObject_CallMethod(atexit, "register", "O", function)
                           : NULL;
    Py_XDECREF(atexit);
    Py_XDECREF(function);
    Py_XDECREF(result);
    return result != NULL ? 0 : -1;
}

/* -- state -- */

/* With one processor there is nothing to be won by threads. */
static int
make_pool(nmpy_state *state)
{
    unsigned processors = nm_processor_count();
    if (nm_worker_pool_new(processors > 1 ? processors : 0, &state->pool, /* err= */ NULL) !=
        NM_OK) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

static int
module_exec(PyObject *module)
{
    nmpy_state *state = PyModule_GetState(module);
    nm_buffer_init(&state->text, INT32_MAX, &nm_allocator_heap);
    nm_buffer_init(&state->scratch, INT32_MAX, &nm_allocator_heap);
    return make_pool(state) < 0 || nmpy_errors_init(module, state) < 0 ||
                   nmpy_aliases_init(state) < 0 || nmpy_message_init(module, state) < 0 ||
                   nmpy_schemas_init(module, state) < 0 || nmpy_types_init(module, state) < 0 ||
                   nmpy_stats_init(module, state) < 0 || nmpy_input_init(module, state) < 0 ||
                   nmpy_input_async_init(module, state) < 0 ||
                   nmpy_input_batch_init(module, state) < 0 ||
                   nmpy_output_init(module, state) < 0 || nmpy_nullinput_init(module, state) < 0 ||
                   nmpy_capture_init(module, state) < 0 || nmpy_io_init(module, state) < 0 ||
                   nmpy_msgmod_init(module, state) < 0 || register_exit(module) < 0
               ? -1
               : 0;
}

/* All objects that the state refers to: X(member). */
#define STATE_OBJECTS(X)                                                                           \
    X(message_type)                                                                                \
    X(fields_type)                                                                                 \
    X(field_info_type)                                                                             \
    X(type_info_type)                                                                              \
    X(input_type)                                                                                  \
    X(output_type)                                                                                 \
    X(reading_type)                                                                                \
    X(batches_type)                                                                                \
    X(nullinput_type)                                                                              \
    X(capture_type)                                                                                \
    X(capture_stats_type)                                                                          \
    X(io_type)                                                                                     \
    X(msgmod_type)                                                                                 \
    X(input_stats_type)                                                                            \
    X(lost_type)                                                                                   \
    X(bad_type)                                                                                    \
    X(output_stats_type)                                                                           \
    X(epoch)                                                                                       \
    X(datetime_class)                                                                              \
    X(timedelta_class)                                                                             \
    X(error)                                                                                       \
    X(format_error)                                                                                \
    X(truncated_error)                                                                             \
    X(address_error)                                                                               \
    X(remote_error)                                                                                \
    X(data_warning)

static int
module_traverse(PyObject *module, visitproc visit, void *arg)
{
    nmpy_state *state = PyModule_GetState(module);
#define VISIT_OBJECT(member) Py_VISIT(state->member);
    STATE_OBJECTS(VISIT_OBJECT)
#undef VISIT_OBJECT
    return nmpy_schemas_traverse(state, visit, arg);
}

/* They are str, which refer to nothing. */
static void
clear_number_names(nmpy_number_names *names)
{
    for (size_t kind = 0; kind < NMPY_NAMED_KINDS; kind++) {
        for (size_t number = 0; number <= NMPY_NAMED_MAX; number++) {
            Py_CLEAR(names->names[kind][number]);
        }
    }
}

static int
module_clear(PyObject *module)
{
    nmpy_state *state = PyModule_GetState(module);
#define CLEAR_OBJECT(member) Py_CLEAR(state->member);
    STATE_OBJECTS(CLEAR_OBJECT)
#undef CLEAR_OBJECT
    clear_number_names(&state->number_names);
    return 0;
}

static void
module_free(void *module)
{
    nmpy_state *state = PyModule_GetState(module);
    (void)module_clear(module); /* Always 0. */
    nmpy_schemas_clear(state);
    nmpy_aliases_clear(state);
    nm_buffer_clear(&state->text);
    nm_buffer_clear(&state->scratch);
    nm_worker_pool_free(state->pool);
    state->pool = NULL;
}

PyDoc_STRVAR(module_doc, "NMSG in C: see the package nmsg.");

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, NMPY_SLOT(module_exec)},
#if PY_VERSION_HEX >= 0x030c0000
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
    {0, NULL},
};

struct PyModuleDef nmpy_module_def = {
    PyModuleDef_HEAD_INIT,         .m_name = "nmsg._nmsg",      .m_doc = module_doc,
    .m_size = sizeof(nmpy_state),  .m_methods = module_methods, .m_slots = module_slots,
    .m_traverse = module_traverse, .m_clear = module_clear,     .m_free = module_free,
};

/* The one symbol that is seen from outside. */
PyMODINIT_FUNC PyInit__nmsg(void);

PyMODINIT_FUNC
PyInit__nmsg(void)
{
    return PyModuleDef_Init(&nmpy_module_def);
}
