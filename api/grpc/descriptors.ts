// Puts right what protobufjs makes of a file when it describes it, so that other languages accept it: names of map entries, whole names of types, imports, what is optional.
import descriptor, {
  type IDescriptorProto,
  type IFieldDescriptorProto,
  type IFileDescriptorProto,
} from 'protobufjs/ext/descriptor/index.js';

const { FileDescriptorProto } = descriptor;

type Index = ReadonlyMap<string, IFileDescriptorProto>;

/** @param files one per package, encoded, as the loader describes them */
export function putRight(files: readonly Uint8Array[]): Buffer[] {
  const decoded = files.map((bytes) => FileDescriptorProto.decode(bytes) as IFileDescriptorProto);
  const byName: Index = new Map(decoded.map((file) => [file.name ?? '', file] as const));
  const types = new Map<string, IFileDescriptorProto>();
  for (const file of byName.values()) {
    for (const message of file.messageType ?? []) nameEntries(message);
    for (const name of namesIn(file)) types.set(name, file);
  }
  for (const file of byName.values()) nameTypes(file, types);
  return [...byName.values()].map((file) =>
    Buffer.from(FileDescriptorProto.encode(FileDescriptorProto.fromObject(file)).finish()),
  );
}

/** As protoc names the entry of a map: `held_for` has HeldForEntry. */
function nameEntries(message: IDescriptorProto): void {
  for (const entry of message.nestedType ?? []) {
    const field = (message.field ?? []).find(({ typeName }) => typeName === entry.name);
    if (!entry.options?.mapEntry || !field) continue;
    const words = (field.name ?? '').split('_').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
    entry.name = `${words.join('')}Entry`;
    field.typeName = entry.name;
  }
}

/** Of messages and enums, with their package, as .profithack.feed.FeedItem. */
function namesIn(file: IFileDescriptorProto): string[] {
  const within = (scope: string, { name, nestedType, enumType }: IDescriptorProto): string[] => {
    const own = `${scope}.${name}`;
    const enums = (enumType ?? []).map((one) => `${own}.${one.name}`);
    return [own, ...enums, ...(nestedType ?? []).flatMap((one) => within(own, one))];
  };
  const scope = `.${file.package}`;
  const enums = (file.enumType ?? []).map(({ name }) => `${scope}.${name}`);
  return [...enums, ...(file.messageType ?? []).flatMap((message) => within(scope, message))];
}

function nameTypes(file: IFileDescriptorProto, types: Index): void {
  const imports = new Set<string>();
  const whole = (scope: string, typeName: string): string => {
    const found = scopesOf(scope)
      .map((outer) => `${outer}.${typeName}`)
      .find((name) => types.has(name));
    const from = found === undefined ? undefined : types.get(found)?.name;
    if (from && from !== file.name) imports.add(from);
    return found ?? typeName;
  };
  const visit = (scope: string, message: IDescriptorProto): void => {
    const own = `${scope}.${message.name}`;
    for (const field of message.field ?? []) {
      if (field.typeName) field.typeName = whole(own, field.typeName);
      if (isAloneInOneof(field, message)) Object.assign(field, { proto3Optional: true });
    }
    for (const nested of message.nestedType ?? []) visit(own, nested);
  };
  for (const message of file.messageType ?? []) visit(`.${file.package}`, message);
  file.dependency = [...new Set([...(file.dependency ?? []), ...imports])];
}

/** How an `optional` field is told. */
function isAloneInOneof({ name, oneofIndex }: IFieldDescriptorProto, { oneofDecl }: IDescriptorProto): boolean {
  const oneof = typeof oneofIndex === 'number' ? oneofDecl?.[oneofIndex]?.name : undefined;
  return oneof === `_${name}`;
}

/** `.a.b.C`, `.a.b`, `.a` and the root. */
function scopesOf(scope: string): string[] {
  const parts = scope.split('.');
  return parts.map((_, i) => parts.slice(0, parts.length - i).join('.'));
}
