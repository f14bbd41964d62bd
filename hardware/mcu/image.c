/* Loads the firmware from the image that is linked in. There is no parser on the microcontroller. */
#include "xsAll.h"
#include "xsScript.h"
#include "image.h"
#include "rom.h"

int romLoad(txMachine* root, const char* path, char* errorText, int errorTextBytes)
{
	int i;
	(void)path;
	for (i = 0; i < imageNameCount; i++) {
		txID id = fxNewNameX(root, (txString)imageNames[i]);
		if (id != imageFirstId + i) {
			snprintf(errorText, (size_t)errorTextBytes, "the image was linked for another XS: name %s is %d, expected %d", imageNames[i], id,
				imageFirstId + i);
			return 0;
		}
	}
	romSetModuleName(imageModuleName);
	romPlace(imageCode, imageCodeBytes);
	return 1;
}

/* For eval and new Function: a SyntaxError. */
txScript* fxParseScript(txMachine* the, void* stream, txGetter getter, txUnsigned flags)
{
	(void)the;
	(void)stream;
	(void)getter;
	(void)flags;
	return NULL;
}
