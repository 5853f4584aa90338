// The launcher's machine code: what stands in its executable, byte for byte, with what each instruction says. It knows
// nothing but how to make the calls that it is told, one after the other; what is told lies in `Steps`.
import type { Arch } from "./syscalls.ts";

const X64 = `
start: ; input must not answer "try again"; a header of sixteen bytes is read first
  bb 00 00 00 10         mov ebx,0x10000000
  31 ff                  xor edi,edi
  be 04 00 00 00         mov esi,0x4
  31 d2                  xor edx,edx
  b8 48 00 00 00         mov eax,0x48
  0f 05                  syscall
  45 31 ed               xor r13d,r13d
  41 be 10 00 00 00      mov r14d,0x10
more: ; reads until there is as much as is wanted; who gets nothing is not needed
  4d 39 f5               cmp r13,r14
  73 1e                  jae whole
  31 ff                  xor edi,edi
  4a 8d 34 2b            lea rsi,[rbx+r13*1]
  4c 89 f2               mov rdx,r14
  4c 29 ea               sub rdx,r13
  31 c0                  xor eax,eax
  0f 05                  syscall
  48 85 c0               test rax,rax
  0f 8e b7 00 00 00      jle leave
  49 01 c5               add r13,rax
  eb dd                  jmp more
whole: ; the header says how much there is in all, and where the steps begin
  48 8b 03               mov rax,[rbx]
  49 39 c6               cmp r14,rax
  74 11                  je begin
  48 3d 00 00 00 01      cmp rax,0x1000000
  0f 87 9e 00 00 00      ja leave
  49 89 c6               mov r14,rax
  eb c4                  jmp more
begin:
  4c 8b 63 08            mov r12,[rbx+0x8]
  49 01 dc               add r12,rbx
step: ; one call of the kernel: its number, then six values
  49 8b 04 24            mov rax,[r12]
  49 8b 7c 24 08         mov rdi,[r12+0x8]
  49 8b 74 24 10         mov rsi,[r12+0x10]
  49 8b 54 24 18         mov rdx,[r12+0x18]
  4d 8b 54 24 20         mov r10,[r12+0x20]
  4d 8b 44 24 28         mov r8,[r12+0x28]
  4d 8b 4c 24 30         mov r9,[r12+0x30]
  0f 05                  syscall
  4d 8d 6c 24 50         lea r13,[r12+0x50]
  48 3d 01 f0 ff ff      cmp rax,0xfffffffffffff001
  73 05                  jae failed
next:
  4d 89 ec               mov r12,r13
  eb ca                  jmp step
failed: ; the step says how much to pass over, or, below zero, that this is the end
  49 8b 4c 24 38         mov rcx,[r12+0x38]
  49 01 cd               add r13,rcx
  48 85 c9               test rcx,rcx
  79 ee                  jns next
  f7 d8                  neg eax
  41 89 c5               mov r13d,eax
  bf 02 00 00 00         mov edi,0x2
  49 8b 74 24 40         mov rsi,[r12+0x40]
  49 8b 54 24 48         mov rdx,[r12+0x48]
  b8 01 00 00 00         mov eax,0x1
  0f 05                  syscall
  44 89 e8               mov eax,r13d
  be 0a 00 00 00         mov esi,0xa
  b9 04 00 00 00         mov ecx,0x4
digit: ; the number of the failure, four digits
  31 d2                  xor edx,edx
  f7 f6                  div esi
  83 c2 30               add edx,0x30
  88 54 0b ff            mov byte [rbx+rcx*1-0x1],dl
  ff c9                  dec ecx
  75 f1                  jne digit
  c6 43 04 0a            mov byte [rbx+0x4],0xa
  bf 02 00 00 00         mov edi,0x2
  48 89 de               mov rsi,rbx
  ba 05 00 00 00         mov edx,0x5
  b8 01 00 00 00         mov eax,0x1
  0f 05                  syscall
leave:
  bf 7d 00 00 00         mov edi,0x7d
  b8 e7 00 00 00         mov eax,0xe7
  0f 05                  syscall
`;

const ARM64 = `
start: ; input must not answer "try again"; a header of sixteen bytes is read first
  13 00 a2 d2            mov x19, #0x10000000
  00 00 80 d2            mov x0, #0x0
  81 00 80 d2            mov x1, #0x4
  02 00 80 d2            mov x2, #0x0
  28 03 80 d2            mov x8, #0x19
  01 00 00 d4            svc #0x0
  15 00 80 d2            mov x21, #0x0
  16 02 80 d2            mov x22, #0x10
more: ; reads until there is as much as is wanted; who gets nothing is not needed
  bf 02 16 eb            cmp x21, x22
  42 01 00 54            b.cs whole
  00 00 80 d2            mov x0, #0x0
  61 02 15 8b            add x1, x19, x21
  c2 02 15 cb            sub x2, x22, x21
  e8 07 80 d2            mov x8, #0x3f
  01 00 00 d4            svc #0x0
  1f 00 00 f1            cmp x0, #0x0
  cd 05 00 54            b.le leave
  b5 02 00 8b            add x21, x21, x0
  f6 ff ff 17            b more
whole: ; the header says how much there is in all, and where the steps begin
  60 02 40 f9            ldr x0, [x19]
  df 02 00 eb            cmp x22, x0
  c0 00 00 54            b.eq begin
  01 20 a0 d2            mov x1, #0x1000000
  1f 00 01 eb            cmp x0, x1
  c8 04 00 54            b.hi leave
  f6 03 00 aa            mov x22, x0
  ee ff ff 17            b more
begin:
  74 06 40 f9            ldr x20, [x19, #8]
  94 02 13 8b            add x20, x20, x19
step: ; one call of the kernel: its number, then six values
  88 02 40 f9            ldr x8, [x20]
  80 86 40 a9            ldp x0, x1, [x20, #8]
  82 8e 41 a9            ldp x2, x3, [x20, #24]
  84 96 42 a9            ldp x4, x5, [x20, #40]
  01 00 00 d4            svc #0x0
  95 42 01 91            add x21, x20, #0x50
  1f fc 3f b1            cmn x0, #0xfff
  62 00 00 54            b.cs failed
next:
  f4 03 15 aa            mov x20, x21
  f7 ff ff 17            b step
failed: ; the step says how much to pass over, or, below zero, that this is the end
  89 1e 40 f9            ldr x9, [x20, #56]
  b5 02 09 8b            add x21, x21, x9
  89 ff ff b6            tbz x9, #63, next
  f5 03 00 cb            neg x21, x0
  40 00 80 d2            mov x0, #0x2
  81 0a 44 a9            ldp x1, x2, [x20, #64]
  08 08 80 d2            mov x8, #0x40
  01 00 00 d4            svc #0x0
  4a 01 80 d2            mov x10, #0xa
  8b 00 80 d2            mov x11, #0x4
digit: ; the number of the failure, four digits
  ac 0a ca 9a            udiv x12, x21, x10
  8d d5 0a 9b            msub x13, x12, x10, x21
  ad c1 00 91            add x13, x13, #0x30
  6b 05 00 d1            sub x11, x11, #0x1
  6d 6a 2b 38            strb w13, [x19, x11]
  f5 03 0c aa            mov x21, x12
  4b ff ff b5            cbnz x11, digit
  6a 12 00 39            strb w10, [x19, #4]
  40 00 80 d2            mov x0, #0x2
  e1 03 13 aa            mov x1, x19
  a2 00 80 d2            mov x2, #0x5
  08 08 80 d2            mov x8, #0x40
  01 00 00 d4            svc #0x0
leave:
  a0 0f 80 d2            mov x0, #0x7d
  c8 0b 80 d2            mov x8, #0x5e
  01 00 00 d4            svc #0x0
`;

const LISTINGS: Record<Arch, string> = { x64: X64, arm64: ARM64 };
/** Bytes in hexadecimal, two spaces at least, and what they mean. */
const INSTRUCTION = /^ {2}((?:[0-9a-f]{2} )+) /;

export function machineCode(arch: Arch): Uint8Array {
  const lines = LISTINGS[arch].split("\n");
  const bytes = lines.flatMap((line) => INSTRUCTION.exec(line)?.[1]?.trim().split(" ") ?? []);
  return Uint8Array.from(bytes, (byte) => Number.parseInt(byte, 16));
}
