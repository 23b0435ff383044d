/* SPDX-License-Identifier: Apache-2.0 */
/* What a function can answer, and the detail that goes with a failure. */
#ifndef NM_BASE_STATUS_H
#define NM_BASE_STATUS_H

#include <stddef.h>
#include <stdint.h>

/** Every result code of the core: X(name, text, python_exception).
 *
 *  The last column names the Python exception that reports the code ("None" for outcomes that are
 *  no errors). NM_OK, NM_END, NM_AGAIN, NM_STOPPED and NM_FULL are ordinary outcomes. */
#define NM_STATUS_LIST(X)                                                                          \
    X(NM_OK, "success", None)                                                                      \
    X(NM_END, "end of input", None)                                                                \
    X(NM_AGAIN, "nothing available yet", None)                                                     \
    X(NM_STOPPED, "stopped by the caller", None)                                                   \
    X(NM_FULL, "container is full", None)                                                          \
    X(NM_E_NOMEM, "out of memory", MemoryError)                                                    \
    X(NM_E_SYSTEM, "system error", OSError)                                                        \
    X(NM_E_ARGUMENT, "invalid argument", ValueError)                                               \
    X(NM_E_CLOSED, "object not initialized", Error)                                                \
    X(NM_E_FORKED, "opened before fork(); open it in the child", Error)                            \
    X(NM_E_TYPE, "unknown message type", Error)                                                    \
    X(NM_E_ABSENT, "not in this build", Error)                                                     \
    X(NM_E_REMOTE, "the other side refuses or does not answer", RemoteError)                       \
    X(NM_E_MAGIC, "incorrect magic number in NMSG header", FormatError)                            \
    X(NM_E_VERSION, "incorrect version number in NMSG header", FormatError)                        \
    X(NM_E_LENGTH, "length field does not match", FormatError)                                     \
    X(NM_E_TRUNCATED, "input ends inside a container", TruncatedError)                             \
    X(NM_E_LIMIT, "size above the limit", FormatError)                                             \
    X(NM_E_PARSE, "parse error", FormatError)                                                      \
    X(NM_E_INFLATE, "decompression failed", FormatError)                                           \
    X(NM_E_FRAGMENT, "impossible fragment", FormatError)                                           \
    X(NM_E_CRC, "crc mismatch", FormatError)

/** Result of a fallible function. */
typedef enum nm_status {
#define NM_STATUS_ENUM(name, text, python_exception) name,
    NM_STATUS_LIST(NM_STATUS_ENUM)
#undef NM_STATUS_ENUM
        NM_STATUS_COUNT
} nm_status;

/** Marks functions whose status must be looked at; ignoring one needs a (void) and a reason. */
#define NM_MUST_CHECK __attribute__((warn_unused_result))

/** Detail of a failure, in storage of the caller; nothing in it needs to be freed. */
typedef struct nm_error {
    nm_status code;    /**< The status that the function returned. */
    int sys_errno;     /**< errno for NM_E_SYSTEM, else 0. */
    uint64_t offset;   /**< Octets from the start of the input that the caller named. */
    char message[256]; /**< One sentence without final dot, NUL-terminated. */
} nm_error;

/** Text of a status: static storage, never NULL. */
const char *nm_status_text(nm_status status);

/** Fill *err (NULL is allowed) and give `code`, so that `return nm_error_set(…)` reads well.
 *  @param code    Evaluated twice.
 *  @param offset  Octets from the start of the input that the text (printf format and arguments,
 *                 cut to the size of nm_error.message) talks about. */
#define nm_error_set(err, code, offset, ...)                                                       \
    (nm_error_fill((err), (code), /* sys_errno= */ 0, (offset), __VA_ARGS__), (nm_status)(code))

/** The same for a failed system call: takes its errno and gives NM_E_SYSTEM. */
#define nm_error_set_system(err, sys_errno, ...)                                                   \
    (nm_error_fill((err), NM_E_SYSTEM, (sys_errno), /* offset= */ 0, __VA_ARGS__),                 \
     (nm_status)NM_E_SYSTEM)

/** What the two macros call; they are macros so that compilers see which code they give. */
void nm_error_fill(nm_error *err, nm_status code, int sys_errno, uint64_t offset,
                   const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
