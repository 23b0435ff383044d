/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the extension share: the module's state, its types, and who makes what. */
#ifndef NMPY_MODULE_H
#define NMPY_MODULE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>

#include "base/status.h"
#include "filter/header_filter.h"
#include "io/null_input.h"
#include "io/wait.h"
#include "io/worker_pool.h"
#include "message/alias.h"
#include "message/message.h"

struct nmpy_dict_forms;

/** One known message type as Python sees it. Lives as long as the module. */
typedef struct nmpy_schema {
    const nm_schema *schema;
    PyTypeObject *type;            /**< Generated class, e.g. nmsg.msgtype.base.http. */
    PyObject **names;              /**< Interned field names, in table order. */
    PyObject *rows;                /**< dict: name -> row number. */
    PyObject ***symbols;           /**< Per enum field its symbols as interned str, else NULL. */
    struct nmpy_dict_forms *forms; /**< Dicts to copy, see dict_forms.h. */
    uint8_t order[NM_SCHEMA_FIELDS_MAX]; /**< Rows in the order of encoding. */
    uint8_t types[NM_SCHEMA_FIELDS_MAX]; /**< Plain type of each row, nm_kind_type(). */
    uint64_t listed;                     /**< One bit for each row that is among the keys, */
    uint64_t computed;                   /**< for each that has a function, */
    uint64_t certain; /**< and for each that has a value if there are octets of it. */
} nmpy_schema;

struct nmpy_output;

/** The str of numbers that have names, made when first asked for: types, classes and response codes
 *  of the DNS, and protocols of IP. Kept for the numbers that occur, which are small. */
enum {
    NMPY_NAMED_KINDS = 5,
    NMPY_NAMED_MAX = 255,
};

typedef struct nmpy_number_names {
    PyObject *names[NMPY_NAMED_KINDS][NMPY_NAMED_MAX + 1];
} nmpy_number_names;

/** Everything that is not constant, per interpreter. */
typedef struct nmpy_state {
    nmpy_schema *schemas; /**< nm_registry_schema_count() of them. */
    PyTypeObject *message_type;
    PyTypeObject *fields_type; /**< Of message.fields. */
    PyTypeObject *field_info_type;
    PyTypeObject *type_info_type;
    PyTypeObject *input_type;
    PyTypeObject *output_type;
    PyTypeObject *nullinput_type;
    PyTypeObject *capture_type;
    PyTypeObject *capture_stats_type;
    PyTypeObject *reading_type; /**< What `async for` awaits. */
    PyTypeObject *batches_type; /**< What input.batches() gives. */
    PyTypeObject *io_type;
    PyTypeObject *msgmod_type;
    PyTypeObject *input_stats_type;
    PyTypeObject *lost_type;
    PyTypeObject *bad_type;
    PyTypeObject *output_stats_type;
    PyObject *epoch;          /**< 1970-01-01 as a datetime; NULL before a time is asked for. */
    PyObject *datetime_class; /**< These two likewise. */
    PyObject *timedelta_class;
    PyObject *error; /**< nmsg.Error */
    PyObject *format_error;
    PyObject *truncated_error;
    PyObject *address_error;
    PyObject *remote_error;
    PyObject *data_warning;
    nm_alias_table *operators; /**< Names, or NULL. */
    nm_alias_table *groups;
    nm_aliases aliases; /**< Both, as text readers and writers take them. */
    nm_buffer text;     /**< For formatting; never in use while Python code runs. */
    nm_buffer scratch;  /**< For computed values, in the same way. */
    nmpy_number_names number_names;
    nm_worker_pool *pool;             /**< For files: threads start when there is work for them. */
    bool strings_are_bytes;           /**< Default of new messages and inputs. */
    struct nmpy_output *open_outputs; /**< To be flushed at exit. */
} nmpy_state;

extern struct PyModuleDef nmpy_module_def;

/** State of the module that made `type` or a base of it. Never NULL for our types. */
nmpy_state *nmpy_state_of(PyTypeObject *type);

/* -- errors.c -- */

/** Make the exception classes. @return 0, or -1 with an exception set. */
int nmpy_errors_init(PyObject *module, nmpy_state *state);

/** Raise what `err` tells.
 *  @param what   Start of the text, such as "nmsg_input_read() failed".
 *  @param where  Name of the input or output, or NULL: goes into the text, and into the filename of
 *                an OSError.
 *  @return NULL always. */
PyObject *nmpy_raise(nmpy_state *state, const nm_error *err, const char *what, PyObject *where);

/** Raise KeyError(key), whatever the key is. */
void nmpy_raise_key_error(PyObject *key);

/** Text "incorrect magic number … (NAME, offset N: detail)". @return new reference or NULL. */
PyObject *nmpy_error_text(const nm_error *err, PyObject *where);

/* -- wait.c -- */

/** A wait without the GIL that lets signal handlers run and looks whether it was called off.
 *
 *      nmpy_wait wait;
 *      nmpy_wait_begin(&wait, &self->is_closing);    gives up the GIL
 *      status = nm_input_fill(self->in, &wait.wait, &err);
 *      nmpy_wait_end(&wait);                         takes it again
 *
 *  After NM_STOPPED either an exception is set or *called_off is true. */
typedef struct nmpy_wait {
    nm_wait wait;
    PyThreadState *thread;
    const bool *called_off;
} nmpy_wait;

void nmpy_wait_begin(nmpy_wait *wait, const bool *called_off);
void nmpy_wait_end(nmpy_wait *wait);

/** A lock for objects whose work goes on without the GIL. Its members are guarded by the GIL, so
 *  taking a free one costs nothing. */
typedef struct nmpy_lock {
    PyThread_type_lock gate; /**< Closed, but when opened to wake a waiter. */
    bool is_gate_open;
    bool is_held;
    unsigned waiters;
    unsigned long holder; /**< Thread that holds it. */
    PyObject *error;      /**< Class to raise; borrowed. */
} nmpy_lock;

/** Make it. @param error  nmsg.Error, borrowed. @return 0, or -1 with an exception set. */
int nmpy_lock_init(nmpy_lock *lock, PyObject *error);

/** Accepts a zeroed lock. */
void nmpy_lock_clear(nmpy_lock *lock);

/** Take it; waits without the GIL. Those who wait come before those who come.
 *  @return 0; -1 with an exception set: by a signal handler, or because this thread holds it (the
 *          call comes from a handler that interrupts the one that waits). */
int nmpy_lock_acquire(nmpy_lock *lock);

/** True when this thread holds it. */
bool nmpy_lock_is_mine(const nmpy_lock *lock);

void nmpy_lock_release(nmpy_lock *lock);

/** Let other threads run for a millisecond, without the GIL. */
void nmpy_step_aside(void);

/** Raise `error` because a signal handler uses the object that waits while it runs. */
void nmpy_raise_reentered(PyObject *error);

/** Opens a path; called without the GIL. */
typedef nm_status (*nmpy_opener)(void *context, nm_error *err);

/** Open a path, which may take its time (pipes): again when a signal interrupts that and its
 *  handler does not raise. @return as open_one; NM_STOPPED with an exception set. */
nm_status nmpy_open_path(nmpy_opener open_one, void *context, nm_error *err);

/* -- aliases.c -- */

/** Read the alias files. @return 0, or -1 with an exception set. */
int nmpy_aliases_init(nmpy_state *state);
void nmpy_aliases_clear(nmpy_state *state);

/** Operator or group: its name as str, or the number as int. @return new reference or NULL. */
PyObject *nmpy_alias_to_object(const nm_alias_table *table, uint32_t number);

/** Operator or group from its number, its name (str or bytes), or None, which is 0.
 *  @param what  For the text of errors. @return 0, or -1 with an exception set. */
int nmpy_alias_parse(nmpy_state *state, PyObject *object, const char *what,
                     const nm_alias_table *table, uint32_t *out);

/* -- schema.c -- */

/** Make the classes of all message types. @return 0, or -1 with an exception set. */
int nmpy_schemas_init(PyObject *module, nmpy_state *state);
void nmpy_schemas_clear(nmpy_state *state);
int nmpy_schemas_traverse(nmpy_state *state, visitproc visit, void *arg);

/** The Python side of a table; NULL for NULL. */
const nmpy_schema *nmpy_schema_find(const nmpy_state *state, const nm_schema *schema);

/** Row of the field `name`, or -1 (no exception set) if there is none, -2 with one set. */
Py_ssize_t nmpy_schema_row(const nmpy_schema *schema, PyObject *name);

/* -- convert.c -- */

/** A field's value as Python object; NULL with no exception set for an address that is none. */
PyObject *nmpy_value_to_object(const nmpy_schema *schema, size_t row, const nm_value *value,
                               bool strings_are_bytes);

/** Check a value for a singular field (or an element of a repeated one) and give it in the form in
 *  which a message keeps it. @return new reference; NULL with an exception set. */
PyObject *nmpy_value_check(nmpy_state *state, const nmpy_schema *schema, size_t row,
                           PyObject *object, bool strings_are_bytes);

/** Append the field with the checked value. @return 0, or -1 with an exception set. */
int nmpy_value_encode(nmpy_state *state, const nmpy_schema *schema, size_t row, PyObject *object,
                      nm_buffer *out);

/** `address` as text. @return new reference; NULL without exception: not 4 or 16 octets. */
PyObject *nmpy_address_to_object(nm_span address);

/* -- message.c -- */

int nmpy_message_init(PyObject *module, nmpy_state *state);

/** Slots tp_init and tp_dealloc of the class and of the generated ones. */
int nmpy_message_tp_init(PyObject *self, PyObject *args, PyObject *kwargs);
void nmpy_message_dealloc(PyObject *self);

/** A Python message with a copy of `message`. @return new reference, or NULL. */
PyObject *nmpy_message_new(nmpy_state *state, const nmpy_schema *schema, const nm_message *message,
                           bool strings_are_bytes);

/** The payload record of a Python message, its data encoded if fields were changed.
 *  @param scratch  Holds the data in that case; emptied first.
 *  @param out      Borrows from the message or `scratch`.
 *  @return 0, or -1 with an exception set. */
int nmpy_message_payload(nmpy_state *state, PyObject *message, nm_buffer *scratch, nm_payload *out);

/** Table of a Python message's type, NULL if nobody knows it. */
const nm_schema *nmpy_message_schema(PyObject *message);

/** print_nmsg_header(m, out), the method of the module. */
PyObject *nmpy_print_header(PyObject *module, PyObject *const *args, Py_ssize_t nargs);

/** restore_message(class, header, octets, changes): what pickles of messages call. */
PyObject *nmpy_restore_message(PyObject *module, PyObject *args);

/* -- types.c -- */

int nmpy_types_init(PyObject *module, nmpy_state *state);

/** The functions types() and describe() of the module. */
PyObject *nmpy_types(PyObject *module, PyObject *unused);
PyObject *nmpy_describe(PyObject *module, PyObject *what);
extern const char nmpy_types_doc[];
extern const char nmpy_describe_doc[];

/* -- input.c, output.c, nullinput.c, stats.c -- */

int nmpy_input_init(PyObject *module, nmpy_state *state);
int nmpy_output_init(PyObject *module, nmpy_state *state);
int nmpy_nullinput_init(PyObject *module, nmpy_state *state);
int nmpy_capture_init(PyObject *module, nmpy_state *state);

/** For nmsg.capture(). */
PyObject *nmpy_open_capture(PyObject *module, PyObject *args);
int nmpy_stats_init(PyObject *module, nmpy_state *state);

struct nm_input_stats;
struct nm_output_stats;
PyObject *nmpy_input_stats_new(nmpy_state *state, const struct nm_input_stats *stats);
PyObject *nmpy_output_stats_new(nmpy_state *state, const struct nm_output_stats *stats);

/* -- input_open.c, output_open.c, open_channel.c, partitions.c: functions of the module, for the
 * package -- */

PyObject *nmpy_open_input(PyObject *module, PyObject *args, PyObject *kwargs);
PyObject *nmpy_open_output(PyObject *module, PyObject *args, PyObject *kwargs);

/** Where a channel is received: list of (address, port). */
PyObject *nmpy_channel_endpoints(PyObject *module, PyObject *name);

/** Where a file can be divided: list of (offset, length). */
PyObject *nmpy_partitions(PyObject *module, PyObject *args);

/** Send what open outputs hold, at the end of the program. */
PyObject *nmpy_flush_all(PyObject *module, PyObject *unused);

/* -- io.c, msgmod.c -- */

int nmpy_io_init(PyObject *module, nmpy_state *state);
int nmpy_msgmod_init(PyObject *module, nmpy_state *state);

/** ip_pton(ip), the function of the module. */
PyObject *nmpy_ip_pton(PyObject *module, PyObject *ip);
extern const char nmpy_ip_pton_doc[];

/* -- io_channel.c -- */

/** Where a channel is sent to, by the alias file of channels.
 *  @param name      A str.
 *  @param out_path  Optional: the file, a new reference to a str; written on success only.
 *  @return new list of tuples (address, port), not empty; NULL with an exception set, which names
 *          the channel and the file, or the places where that was looked for. */
PyObject *nmpy_channel_look_up(nmpy_state *state, PyObject *name, PyObject **out_path);

/* -- filters.c -- */

/** What one of the methods set_filter_… sets. */
typedef enum nmpy_filter_part {
    NMPY_FILTER_TYPE,
    NMPY_FILTER_SOURCE,
    NMPY_FILTER_OPERATOR,
    NMPY_FILTER_GROUP,
} nmpy_filter_part;

/** Take the arguments of such a method; the other parts of *out are zero.
 *  @return 0, or -1 with an exception set. */
int nmpy_filter_parse(nmpy_state *state, nmpy_filter_part part, PyObject *const *args,
                      Py_ssize_t nargs, nm_header_filter *out);

/** Replace one part of a filter by that of another. */
void nmpy_filter_replace(nm_header_filter *filter, nmpy_filter_part part,
                         const nm_header_filter *by);

/* -- arguments.c: what several types take as arguments -- */

/** Where a file is: path or descriptor. */
typedef struct nmpy_file {
    PyObject *path;   /**< Encoded bytes, or NULL. */
    PyObject *object; /**< What has the descriptor, kept alive, or NULL. */
    int fd;           /**< With `object`. */
    PyObject *name;   /**< For messages. */
} nmpy_file;

/** Take a path (str, bytes, os.PathLike), a descriptor or an object with fileno().
 *  @return 0, or -1 with an exception set. */
int nmpy_file_parse(PyObject *object, nmpy_file *out);
void nmpy_file_clear(nmpy_file *file);

/** "str" or "bytes" for `strings=`; None: the default. @return 0, or -1 with an exception set. */
int nmpy_strings_parse(nmpy_state *state, PyObject *object, bool *out);

/** Vendor and type as numbers or names. (0, 0) is any. @return 0, or -1 with an exception set. */
int nmpy_msgtype_parse(nmpy_state *state, PyObject *vendor, PyObject *type, uint32_t *out_vendor,
                       uint32_t *out_type);

/** An unsigned 32-bit number. @param what  For the text. @return 0, or -1 with an exception set. */
int nmpy_u32_parse(PyObject *object, const char *what, uint32_t *out);

/** A number of octets: an int, or str such as "256M". @return 0, or -1 with an exception set. */
int nmpy_size_parse(PyObject *object, const char *what, size_t *out);

/** A limit: octets from 1 to 2^31 - 1, as for nmpy_size_parse(). NULL and None keep the default.
 *  @return 0, or -1 with an exception set. */
int nmpy_len_parse(PyObject *object, const char *what, size_t *out);

/** `max_container=`: largest container to read, in octets, on the wire and after decompression.
 *  NULL and None keep the default. @return 0, or -1 with an exception set. */
int nmpy_limits_parse(PyObject *object, nm_limits *limits);

/** repr() of an input or output: `what` and the address of what it stands for, 0x0 when closed. */
PyObject *nmpy_instance_repr(const char *what, const void *instance);

/** A function pointer as a type slot wants it. */
#define NMPY_SLOT(function) ((void *)(function))

#endif
