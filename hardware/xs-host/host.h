/* Runs the firmware until the world ends it. */
#ifndef EDGEBEAT_HOST_H
#define EDGEBEAT_HOST_H

#include "machine.h"

void hostRun(const Profile* profile);

#endif
