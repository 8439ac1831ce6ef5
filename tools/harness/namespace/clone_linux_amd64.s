//go:build !race

#include "textflag.h"

// func clone(flags, top uintptr, f *first) int
TEXT ·clone(SB), NOSPLIT, $0-32
	MOVQ flags+0(FP), DI
	MOVQ top+8(FP), SI
	MOVQ f+16(FP), R12
	XORQ DX, DX
	XORQ R10, R10
	XORQ R8, R8
	MOVL $56, AX // SYS_clone
	SYSCALL
	TESTQ AX, AX
	JEQ  child
	MOVQ AX, ret+24(FP)
	RET

child:
	SUBQ $32, SP
	MOVQ R12, 0(SP)
	CALL ·runFirst(SB)
	INT  $3
