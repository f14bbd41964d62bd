/* What XS and the meter tell the profile; see profile.c. */
#ifndef EDGEBEAT_PROFILE_H
#define EDGEBEAT_PROFILE_H

struct sxSlot;

/* A function begins or ends; `function` is its place on the JavaScript stack. */
void profileBegin(const struct sxSlot* function);
void profileEnd(const struct sxSlot* function);

/* Tells the world what has been counted since it did so last, as one line of trace. */
void profileSend(void);

#endif
