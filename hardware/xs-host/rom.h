/* What a Moddable link puts into flash: the built-ins, the bundle's bytecode and names, and (preloaded) its modules. */
#ifndef EDGEBEAT_ROM_H
#define EDGEBEAT_ROM_H

struct sxMachine;

/* Bytes of bytecode of the bundle. */
extern int romCodeBytes;

/* Of the platform: brings the bundle's bytecode to where it stays, and its names into the root machine. The desktop compiles
   the file; the microcontroller has an image linked in. False when that fails; the text then says why. */
int romLoad(struct sxMachine* root, const char* path, char* errorText, int errorTextBytes);

/* For romLoad: the name under which the bundle is imported, and its bytecode. */
void romSetModuleName(const char* name);
void romPlace(const void* code, int codeBytes);

/* Desktop: compiles the bundle into a C file of image.h's constants, with the numbers of lines in its bytecode if wanted. False when that
   fails; the text then says why. */
int romWriteImage(struct sxMachine* root, const char* bundlePath, const char* imagePath, int hasLines, char* errorText, int errorTextBytes);

/* Makes the root machine what a device finds in flash: frozen, shared, never to be written again. */
void romSeal(struct sxMachine* root);

/* The name under which the bundle is imported. */
const char* romModuleName(void);

#endif
