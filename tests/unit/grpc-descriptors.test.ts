// What reflection tells of the protos can be linked by others: whole names, imports, entries of maps, what is optional.
import descriptor, {
  type IDescriptorProto,
  type IFieldDescriptorProto,
  type IFileDescriptorProto,
} from 'protobufjs/ext/descriptor/index.js';
import { describe, expect, it } from 'vitest';
import { packageOf } from '../../api/grpc/definitions.ts';
import { putRight } from '../../api/grpc/descriptors.ts';
import { grpcServices } from '../../api/grpc/services.ts';
import { statusPackage } from '../../api/grpc/status-details.ts';

const { FileDescriptorProto } = descriptor;

type Name = (typeof grpcServices)[number]['name'];
function filesOf(name: Name | 'status'): IFileDescriptorProto[] {
  const loaded = name === 'status' ? statusPackage : packageOf({ name });
  const described = Object.values(loaded).flatMap((one) =>
    'fileDescriptorProtos' in one ? (one.fileDescriptorProtos as Buffer[]) : [],
  );
  return putRight(described).map((bytes) => FileDescriptorProto.decode(bytes) as IFileDescriptorProto);
}

type Found = { readonly file: IFileDescriptorProto; readonly scope: string; readonly message: IDescriptorProto };
function messagesIn(file: IFileDescriptorProto): Found[] {
  const within = (scope: string, message: IDescriptorProto): Found[] => {
    const own = `${scope}.${message.name}`;
    return [{ file, scope: own, message }, ...(message.nestedType ?? []).flatMap((one) => within(own, one))];
  };
  return (file.messageType ?? []).flatMap((message) => within(`.${file.package}`, message));
}

const names: readonly (Name | 'status')[] = [...grpcServices.map(({ name }) => name), 'status'];

it('describes an ErrorInfo as it is on the wire', () => {
  const info = filesOf('status')
    .flatMap(messagesIn)
    .find(({ scope }) => scope === '.google.rpc.ErrorInfo');
  const fields = info?.message.field?.map((field) => [field.name, field.number, field.typeName || null]);
  expect(fields).toEqual([
    ['reason', 1, null],
    ['domain', 2, null],
    ['metadata', 3, '.google.rpc.ErrorInfo.MetadataEntry'],
  ]);
});

describe.each(names)('%s', (name) => {
  const files = filesOf(name);
  const found = files.flatMap(messagesIn);
  const known = new Map([
    ...found.map(({ scope, file }) => [scope, file] as const),
    ...files.flatMap((file) => (file.enumType ?? []).map((one) => [`.${file.package}.${one.name}`, file] as const)),
  ]);

  it('names every type wholly, from a file that is imported', () => {
    for (const { file, message } of found)
      for (const { typeName } of message.field ?? []) {
        if (!typeName) continue;
        const from = known.get(typeName);
        expect(from, typeName).toBeDefined();
        if (from !== file) expect(file.dependency).toContain(from?.name);
      }
  });

  it('has entries of maps under the names that protoc gives them', () => {
    for (const { scope, message } of found)
      for (const entry of (message.nestedType ?? []).filter(({ options }) => options?.mapEntry)) {
        expect(entry.name).toMatch(/^([A-Z][a-z]*)+Entry$/);
        expect((message.field ?? []).map(({ typeName }) => typeName)).toContain(`${scope}.${entry.name}`);
      }
  });

  it('marks what is optional', () => {
    for (const { message } of found)
      for (const field of (message.field ?? []) as (IFieldDescriptorProto & { proto3Optional?: boolean })[])
        if (field.oneofIndex !== undefined && Object.hasOwn(field, 'oneofIndex'))
          expect(field.proto3Optional).toBe(true);
  });
});
