/** File systems whose locks do not reach other machines, or not this one: SQLite would lose data on them. */
const NETWORK =
  /^(nfs\d?|cifs|smb\w*|9p|afs|ceph|glusterfs|lustre|gfs2?|ocfs2|beegfs|davfs|fuse\.(sshfs|s3fs|rclone|gcsfuse|davfs2?|glusterfs|ceph.*))$/;

/** The kind of network file system that a path lies on; `mountinfo` is Linux's /proc/self/mountinfo, or empty. */
export function networkFileSystem(path: string, mountinfo: string): string | undefined {
  if (/^\\\\(?!wsl)/i.test(path) || /^\/\/[^/]/.test(path)) return "network share";
  let best = { point: "", kind: "" };
  for (const line of mountinfo.split("\n")) {
    const [left, right] = line.split(" - ");
    const point = left?.split(" ")[4]?.replaceAll("\\040", " ");
    const kind = right?.split(" ")[0];
    if (!point || !kind || !covers(point, path)) continue;
    if (point.length >= best.point.length) best = { point, kind };
  }
  return NETWORK.test(best.kind) ? best.kind : undefined;
}

function covers(point: string, path: string): boolean {
  return point === "/" || path === point || path.startsWith(`${point}/`);
}
