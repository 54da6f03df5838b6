import type { Tool } from "../scene/types";

const PATHS: Readonly<Record<Tool, string>> = {
  pan: "M8 1.5v13M1.5 8h13M8 1.5 6 3.5M8 1.5l2 2M8 14.5l-2-2M8 14.5l2-2M1.5 8l2-2M1.5 8l2 2M14.5 8l-2-2M14.5 8l-2 2",
  box: "M2.5 5V2.5H5M7 2.5h2M11 2.5h2.5V5M13.5 7v2M13.5 11v2.5H11M9 13.5H7M5 13.5H2.5V11M2.5 9V7",
  lasso:
    "M5.5 11C3 10.4 1.5 8.8 1.5 6.9 1.5 4.200 4.400 2 8 2s6.500 2.200 6.500 4.900S11.600 11.700 8 11.700c-.9 0-1.700-.1-2.500-.4M5.500 11.300a1.400 1.400 0 1 0-1.900 1.300c.6.2 1.300-.1 1.600-.7.4 1.100-.1 2.200-1.200 2.900",
};

export function ToolIcon({ tool, label }: { readonly tool: Tool; readonly label: string }) {
  return (
    <svg class="llmw-icon" width="16" height="16" viewBox="0 0 16 16" role="img" aria-label={label}>
      <path d={PATHS[tool]} />
    </svg>
  );
}
