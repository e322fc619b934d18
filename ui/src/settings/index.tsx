export default function Settings({ part }: { part: string }) {
  return <p className="p-4">{part}</p>;
}
