/* SPDX-License-Identifier: Apache-2.0 */
/* Inputs and outputs of Kafka. */
#ifndef NMPY_OPEN_KAFKA_H
#define NMPY_OPEN_KAFKA_H

#include "input.h"
#include "output.h"

/** What nmsg.open() was given, as borrowed references. */
typedef struct nmpy_kafka_arguments {
    PyObject *endpoint; /**< str, as io/kafka_endpoint.h reads it. */
    PyObject *name;     /**< For messages. */
    PyObject *key;      /**< str or None; NULL for inputs. */
    PyObject *config;   /**< list of pairs of str. */
} nmpy_kafka_arguments;

/** Open self->in or self->out. @return 0, or -1 with an exception set. */
int nmpy_kafka_open_input(nmpy_input *self, const nmpy_kafka_arguments *given,
                          const nm_input_options *input);
int nmpy_kafka_open_output(nmpy_output *self, const nmpy_kafka_arguments *given,
                           const nm_output_options *output);

/** Method commit() of inputs. */
PyObject *nmpy_input_commit(PyObject *input, PyObject *unused);
extern const char nmpy_input_commit_doc[];

#endif
