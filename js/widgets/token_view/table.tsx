// The tokens as a table, a page at a time.
import { useState } from "preact/hooks";
import type { Translate } from "../../lib/i18n";
import type { Numbers } from "../../lib/numbers";
import { TableScroll } from "../../lib/table_scroll";
import { spanText, TokenChip } from "./detail";
import type { Colouring } from "./flow/colour";
import { countIn, placeOf, type Sections } from "./flow/sections";
import { bytesOf, characterSpan } from "./flow/units";

const PAGE = 200;

interface Props {
  readonly sections: Sections;
  readonly current: number;
  readonly colours: Colouring;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function Table({ sections, current, colours, t, numbers }: Props) {
  const count = countIn(sections);
  const pages = Math.ceil(count / PAGE);
  const [asked, setPage] = useState(Math.floor(Math.max(current, 0) / PAGE));
  const page = Math.max(0, Math.min(asked, pages - 1));
  const first = page * PAGE;
  const end = Math.min(first + PAGE, count);
  const named = sections.some((section) => section.name !== null);
  const valued = colours.by !== "token";
  return (
    <>
      {pages > 1 && (
        <nav class="llmw-pages" aria-label={t("pages")}>
          <PageButton label={t("page.first")} sign="«" to={0} page={page} pages={pages} onPage={setPage} />
          <PageButton
            label={t("page.before")}
            sign="‹"
            to={page - 1}
            page={page}
            pages={pages}
            onPage={setPage}
          />
          <span role="status">
            {t("page", {
              first: numbers.count(first + 1),
              last: numbers.count(end),
              count: numbers.count(count),
            })}
          </span>
          <PageButton
            label={t("page.next")}
            sign="›"
            to={page + 1}
            page={page}
            pages={pages}
            onPage={setPage}
          />
          <PageButton
            label={t("page.last")}
            sign="»"
            to={pages - 1}
            page={page}
            pages={pages}
            onPage={setPage}
          />
        </nav>
      )}
      <TableScroll label={t("table")}>
        <table class="llmw-table">
          <thead>
            <tr>
              {named && <th scope="col">{t("row")}</th>}
              <th scope="col">{t("index")}</th>
              <th scope="col">{t("piece")}</th>
              <th scope="col">{t("id")}</th>
              <th scope="col">{t("bytes")}</th>
              <th scope="col">{t("span")}</th>
              {valued && <th scope="col">{t(`color.${colours.by}`)}</th>}
            </tr>
          </thead>
          <tbody>
            {Array.from({ length: end - first }, (_, offset) => {
              const number = first + offset;
              const place = placeOf(sections, number);
              if (!place) return null;
              const { section, index } = place;
              return (
                <tr key={number} aria-current={number === current}>
                  {named && <td>{section.name}</td>}
                  <th scope="row">{index + 1}</th>
                  <td>
                    <TokenChip section={section} index={index} colours={colours} />
                  </td>
                  <td class="llmw-number">{section.tokens.ids[index]}</td>
                  <td class="llmw-bytes">{bytesOf(section.tokens, index)}</td>
                  <td class="llmw-number">{spanText(characterSpan(section.tokens, index), t)}</td>
                  {valued && <td class="llmw-number">{colours.say(section, index)}</td>}
                </tr>
              );
            })}
          </tbody>
        </table>
      </TableScroll>
    </>
  );
}

interface PageButtonProps {
  readonly label: string;
  readonly sign: string;
  readonly to: number;
  readonly page: number;
  readonly pages: number;
  readonly onPage: (page: number) => void;
}

function PageButton({ label, sign, to, page, pages, onPage }: PageButtonProps) {
  return (
    <button
      type="button"
      class="llmw-button"
      aria-label={label}
      disabled={to === page || to < 0 || to >= pages}
      onClick={() => onPage(to)}
    >
      {sign}
    </button>
  );
}
