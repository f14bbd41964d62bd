/* The host: runs a firmware bundle on XS in the memory of the device, and lets it talk to the world outside by the frames of
   border.h. The same on the desktop and on the emulated microcontroller. */
#include "xs.h"
#include "xsmc.h"
#include "border.h"
#include "host.h"
#include "meter.h"

#include <string.h>

/* What the bundle provides: globalThis.edgebeatDevice, its `mailbox` and its `call`. */
static xsSlot device;
static xsSlot mailbox;
static xsSlot deviceCall;

static void installFunctions(xsMachine* machine);
static void findDevice(xsMachine* machine);
static void serve(xsMachine* machine);
static void callDevice(xsMachine* machine, const Frame* frame);
static void sendReport(xsMachine* machine, int collectFirst);
static void hostCall(xsMachine* the);
static void trace(xsMachine* the);
static void receiveInto(xsMachine* the, xsSlot* buffer, void* bytes, size_t count);
static double getNumber(xsMachine* the, xsSlot* slot);
static void setNumber(xsMachine* the, xsSlot* slot, double value);

void hostRun(const Profile* profile)
{
	xsMachine* machine;
	borderOpen();
	machine = machineCreate(profile);
	installFunctions(machine);
	machineLoadBundle(machine);
	findDevice(machine);
	serve(machine);
}

/* bindNatives(object), of a host that is linked with native kernels (scripts/native-kernels.js). */
void __attribute__((weak)) bindNatives(xsMachine* the);

static void installFunctions(xsMachine* machine)
{
	xsBeginHost(machine);
	xsmcVars(1);
	xsVar(0) = xsNewHostFunction(hostCall, 4);
	xsmcDefine(xsGlobal, xsID("hostCall"), xsVar(0), xsDontEnum);
	xsVar(0) = xsNewHostFunction(trace, 1);
	xsmcDefine(xsGlobal, xsID("trace"), xsVar(0), xsDontEnum);
	if (bindNatives) {
		xsVar(0) = xsNewHostFunction(bindNatives, 1);
		xsmcDefine(xsGlobal, xsID("bindNatives"), xsVar(0), xsDontEnum);
	}
	xsEndHost(machine);
}

static void findDevice(xsMachine* machine)
{
	void* bytes;
	xsUnsignedValue mailboxBytes = 0;
	Frame ready = { .kind = FRAME_READY, .b = sizeof(void*) * 8 };

	xsBeginHost(machine);
	{
		xsTry {
			xsmcGet(device, xsGlobal, xsID("edgebeatDevice"));
			if (xsmcTypeOf(device) != xsReferenceType)
				xsTypeError("the bundle did not set globalThis.edgebeatDevice");
			xsmcGet(mailbox, device, xsID("mailbox"));
			xsmcGet(deviceCall, device, xsID("call"));
			xsmcGetBufferWritable(mailbox, &bytes, &mailboxBytes);
			if (!xsmcIsCallable(deviceCall))
				xsTypeError("edgebeatDevice.call is no function");
			xsRemember(device);
			xsRemember(mailbox);
			xsRemember(deviceCall);
		}
		xsCatch {
			machineAbortWithException(machine);
		}
	}
	xsEndHost(machine);
	ready.a = mailboxBytes;
	borderSend(&ready, NULL);
}

static void serve(xsMachine* machine)
{
	Frame frame;
	for (;;) {
		borderReceive(&frame);
		switch (frame.kind) {
		case FRAME_CALL:
			callDevice(machine, &frame);
			break;
		case FRAME_MEMORY:
			sendReport(machine, frame.a != 0);
			break;
		case FRAME_CUT:
			meterCutAfter(frame.a);
			break;
		case FRAME_QUIT:
			return;
		default:
			borderAbort(EXIT_BORDER_BROKEN, "border broken: the world sent a frame of an unknown kind");
		}
	}
}

static void callDevice(xsMachine* machine, const Frame* frame)
{
	Frame result = { .kind = FRAME_RESULT };
	xsBeginHost(machine);
	{
		xsTry {
			if (frame->byteCount > 0) {
				void* bytes;
				xsUnsignedValue room;
				xsmcGetBufferWritable(mailbox, &bytes, &room);
				if (frame->byteCount > room)
					borderAbort(EXIT_BORDER_BROKEN, "border broken: the world sent more bytes than the mailbox holds");
				borderReceiveBytes(bytes, frame->byteCount);
			}
			xsmcVars(2);
			setNumber(the, &xsVar(0), frame->a);
			setNumber(the, &xsVar(1), frame->b);
			meterResume();
			xsResult = xsCallFunction4(deviceCall, device, xsInteger(frame->op), xsVar(0), xsVar(1),
				xsInteger((xsIntegerValue)frame->byteCount));
			meterPause();
			result.a = getNumber(the, &xsResult);
		}
		xsCatch {
			machineAbortWithException(machine);
		}
	}
	xsEndHost(machine);
	meterResume();
	machineEndTurn(machine);
	meterPause();
	result.op = meterTakeFloatCalls();
	result.b = meterTakeInstructions();
	borderSend(&result, NULL);
}

static void sendReport(xsMachine* machine, int collectFirst)
{
	double fields[REPORT_FIELD_COUNT];
	Frame report = { .kind = FRAME_REPORT, .byteCount = sizeof fields };
	if (collectFirst)
		fxCollectGarbage(machine);
	machineReport(machine, fields);
	borderSend(&report, fields);
}

/* hostCall(op, a, b, bytes?) => number. The firmware stands still until the world has answered. */
static void hostCall(xsMachine* the)
{
	Frame call = { .kind = FRAME_HOST_CALL };
	Frame answer;
	void* bytes = NULL;
	xsUnsignedValue count = 0;

	meterPause();
	call.op = (uint16_t)xsmcToInteger(xsArg(0));
	call.a = getNumber(the, &xsArg(1));
	call.b = getNumber(the, &xsArg(2));
	/* The address stays good until the bytes are back: nothing in between allocates in the machine. */
	if (xsmcArgc > 3 && xsmcTypeOf(xsArg(3)) != xsUndefinedType)
		xsmcGetBufferReadable(xsArg(3), &bytes, &count);
	call.byteCount = count;
	meterOperation(&call, bytes);
	borderSend(&call, bytes);

	borderReceive(&answer);
	if (answer.kind != FRAME_ANSWER || answer.byteCount != count)
		borderAbort(EXIT_BORDER_BROKEN, "border broken: the world did not answer the host call in kind");
	if (count > 0)
		receiveInto(the, &xsArg(3), bytes, count);
	setNumber(the, &xsResult, answer.a);
	meterResume();
}

/* trace(text): a line on stderr. */
static void trace(xsMachine* the)
{
	borderTrace(xsmcToString(xsArg(0)));
}

/* Takes the answer's bytes. The firmware may have passed a constant that lies in ROM: that is no fault as long as the
   world has not changed it, and the same TypeError as on the device when it has. */
static void receiveInto(xsMachine* the, xsSlot* buffer, void* bytes, size_t count)
{
	static char* received;
	static size_t room;
	if (count > room) {
		room = count;
		received = realloc(received, room);
	}
	borderReceiveBytes(received, count);
	if (memcmp(received, bytes, count) != 0) {
		xsUnsignedValue writableCount;
		xsmcGetBufferWritable(*buffer, &bytes, &writableCount);
		memcpy(bytes, received, count);
	}
}

/* Not xsmcToNumber for integers: XS would count a float operation that is not the firmware's. */
static double getNumber(xsMachine* the, xsSlot* slot)
{
	if (xsmcTypeOf(*slot) == xsIntegerType)
		return xsmcToInteger(*slot);
	return xsmcToNumber(*slot);
}

/* Numbers that are integers to the firmware must not arrive as doubles: XS keeps the two apart, and doubles cost three
   times as much on the device. -0 is not an integer. */
static void setNumber(xsMachine* the, xsSlot* slot, double value)
{
	if (value >= -2147483648.0 && value <= 2147483647.0) {
		xsIntegerValue integer = (xsIntegerValue)value;
		if (integer == value && (integer != 0 || !signbit(value))) {
			xsmcSetInteger(*slot, integer);
			return;
		}
	}
	xsmcSetNumber(*slot, value);
}
