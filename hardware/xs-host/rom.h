/* What a Moddable link puts into flash: the built-ins, the bundle's bytecode and names, and (preloaded) its modules. */
#ifndef EDGEBEAT_ROM_H
#define EDGEBEAT_ROM_H

struct sxMachine;

/* Bytes of bytecode of the bundle. */
extern int romCodeBytes;

/* Parses the bundle into bytecode that runs in place. False when the source is wrong; the text then says where. */
int romCompile(struct sxMachine* root, const char* path, char* errorText, int errorTextBytes);

/* Makes the root machine what a device finds in flash: frozen, shared, never to be written again. */
void romSeal(struct sxMachine* root);

/* The name under which the bundle is imported. */
const char* romModuleName(void);

#endif
